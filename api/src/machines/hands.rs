//! Handshakes that go on at once, by network: who opens connections and says nothing holds up nobody else.
//!
//! In: from where a connection comes. Out: leave to shake hands, until it is dropped. Always: at most [`MOST`] from one
//! network, which a site behind one address does not reach.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::peer::Peer;

/// The most of one network at once.
const MOST: usize = 64;

/// Those that go on.
#[derive(Debug, Clone, Default)]
pub(super) struct Hands(Arc<Mutex<HashMap<String, usize>>>);

/// Leave to shake hands.
#[derive(Debug)]
pub(super) struct Hand {
    hands: Hands,
    network: String,
}

impl Hands {
    /// Nothing where the network has too many already.
    pub(super) fn take(&self, from: Peer) -> Option<Hand> {
        let network = from.network();
        let mut hands = self.0.lock().expect("no one panics while counting hands");
        let taken = hands.entry(network.clone()).or_default();
        if *taken >= MOST {
            return None;
        }
        *taken += 1;
        Some(Hand { hands: self.clone(), network })
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let mut hands = self.hands.0.lock().expect("no one panics while counting hands");
        if let Some(taken) = hands.get_mut(&self.network) {
            *taken -= 1;
            if *taken == 0 {
                hands.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_holds_up_no_other_and_nothing_is_left_behind() {
        let (hands, from) = (Hands::default(), |address: &str| Peer(address.parse().unwrap()));
        let taken: Vec<_> = (0..MOST).map(|_| hands.take(from("192.0.2.1")).unwrap()).collect();
        assert!(hands.take(from("192.0.2.1")).is_none());
        assert!(hands.take(from("192.0.2.2")).is_some());
        drop(taken);
        assert!(hands.0.lock().unwrap().is_empty());
        assert!(hands.take(from("192.0.2.1")).is_some());
    }
}
