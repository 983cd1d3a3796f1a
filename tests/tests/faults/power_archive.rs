//! The centre's whole directory, records, objects and journal, on a disk that loses power under load, at moments that
//! chance chooses.

use std::time::Duration;

use liuhen_tests::faults::{Chance, Counts, Disk, note};
use liuhen_tests::uploader::Uploader;
use liuhen_tests::world::Server;

use crate::clients::{client, held_to_its_word, last_words};

const ROUNDS: u64 = 6;
const CLIENTS: usize = 4;

/// Everything that four clients were promised is held when the power is back, at each opening of their runs and at
/// the end; the file system and the archive are sound.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_centre_promised_survives_the_loss_of_power() {
    let chance = Chance::of_the_day();
    let (directory, disk_directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = Disk::make(disk_directory.path(), 512) else { return };
    let log = directory.path().join("server.log");
    let mut server = Server::start(&disk.path().join("data"), &log).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(client(&server).await);
    }
    for round in 0..ROUNDS {
        let wait = chance.between(Duration::from_millis(1_500), Duration::from_millis(6_000));
        tokio::time::sleep(wait).await;
        let promised: usize = clients.iter().map(Uploader::stored).sum();
        println!("round {round}: {promised} fragments are promised, the power goes after {wait:?}");
        clients.iter().for_each(|client| client.be_deaf(true));
        disk.lose_power();
        server.kill().unwrap();
        clients.iter().for_each(|client| client.be_deaf(false));
        disk.come_back();
        server.restart().await.unwrap_or_else(|error| panic!("{error:#}\n{}", last_words(&server)));
    }
    let acknowledged = held_to_its_word(&server, clients).await;
    assert!(acknowledged > 100, "only {acknowledged} fragments were ever promised");
    let counts = Counts { power_losses: ROUNDS, crashes: ROUNDS, seeds: 1, acknowledged, ..Counts::default() };
    note("what_the_centre_promised_survives_the_loss_of_power", counts);
    server.kill().unwrap();
}
