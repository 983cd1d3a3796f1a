//! What happens in one seed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::world::ManualClock;
use liuhen_tests::faults::Counts;

use crate::centre::{MORNING, Node, Template, open, scratch};
use crate::chance::Chance;
use crate::line::Fault;
use crate::site::{Site, break_line, choose, some};
use crate::{check, site};

/// How long it may take until all is sealed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was done, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) fragments: u64,
    /// STORED when a node died.
    stored: u64,
    node_crashes: u64,
    recorder_crashes: u64,
    lines: u64,
    /// Acknowledged and not there. Any one fails its seed; it stands here to be told.
    pub(crate) lost: u64,
}

impl Tally {
    /// For the ledger of the fault tests.
    pub(crate) fn counts(&self, seeds: u64) -> Counts {
        let crashes = self.node_crashes + self.recorder_crashes;
        Counts { crashes, partitions: self.lines, seeds, acknowledged: self.fragments, lost: self.lost, ..Counts::default() }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.fragments += other.fragments;
        self.stored += other.stored;
        self.node_crashes += other.node_crashes;
        self.recorder_crashes += other.recorder_crashes;
        self.lines += other.lines;
        self.lost += other.lost;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragments, stored, node_crashes, recorder_crashes, lines, lost } = self;
        write!(
            f,
            "{fragments} fragments sealed, {stored} of them STORED when their node died; {node_crashes} crashes of nodes, \
             {recorder_crashes} of recorders, {lines} lines; lost {lost}"
        )
    }
}

/// Everything of a seed.
struct Stage {
    chance: Chance,
    clock: Arc<ManualClock>,
    nodes: Vec<Node>,
    site: Site,
    archive: liuhen_archive::Archive,
    tally: Tally,
}

pub(crate) async fn tell(seed: u64, template: &Template) -> Tally {
    let directory = scratch();
    template.copy(directory.path());
    let (clock, declared) = (Arc::new(ManualClock::at(MORNING)), &template.declared);
    let nodes = (0..2).map(|number| Node::new(directory.path(), number, &clock, declared, seed)).collect();
    let site = Site::new(directory.path(), &clock, declared, seed);
    let archive = open(directory.path(), &clock, seed).await;
    let mut stage = Stage { chance: Chance::new(seed), clock, nodes, site, archive, tally: Tally::default() };
    stage.nodes.iter_mut().for_each(Node::start);
    stage.turn();
    stage.site.start().await;
    for _ in 0..10 + stage.chance.below(20) {
        stage.step(template).await;
        tokio::time::sleep(stage.chance.millis_below(8)).await;
    }
    stage.heal(template).await;
    stage.tally.fragments = check::all_is_sealed(&stage.archive, &stage.site, &stage.nodes).await;
    stage.tally.lines = stage.site.way.lock().unwrap().lines;
    stage.site.kill().await;
    stage.tally
}

impl Stage {
    /// The next line leads to one of the nodes, and has its faults.
    fn turn(&mut self) {
        let node = usize::from(self.chance.one_in(3));
        choose(&self.site.way, self.nodes[node].lines(), Fault::by(&self.chance));
    }

    async fn step(&mut self, template: &Template) {
        match self.chance.below(12) {
            0..=4 => self.site.record(usize::from(self.chance.one_in(2)), some(&self.chance)),
            5 => self.site.end(usize::from(self.chance.one_in(2))),
            6 | 7 => {
                self.turn();
                break_line(&self.site.way);
            }
            8 => {
                let node = usize::from(self.chance.one_in(2));
                self.crash(node, template).await;
            }
            9 => self.crash_recorder().await,
            10 => self.clock.advance(Span::from_secs(1 + u32::try_from(self.chance.below(40)).unwrap())),
            _ => self.clock.advance(Span::from_secs(u32::try_from(self.chance.below(400)).unwrap())),
        }
    }

    /// A node dies, and comes back at once or later.
    async fn crash(&mut self, node: usize, template: &Template) {
        if self.nodes[node].runs() {
            let before = self.nodes[node].kill().expect("it runs");
            self.tally.node_crashes += 1;
            if self.chance.one_in(3) {
                // It comes back when it dies the next time, or at the end; the recorder may go elsewhere.
                return self.turn();
            }
            self.nodes[node].start();
            let after = self.nodes[node].live().expect("it runs");
            self.tally.stored += check::kept(&self.archive, &before, &after, &template.declared).await;
        } else {
            self.nodes[node].start();
        }
        self.turn();
    }

    async fn crash_recorder(&mut self) {
        self.site.kill().await;
        self.tally.recorder_crashes += 1;
        self.site.start().await;
        check::forgot_only_what_is_sealed(&self.archive, &self.site).await;
    }

    /// Everybody is up and the line holds: all that was recorded is sealed, and nothing is left anywhere else.
    async fn heal(&mut self, template: &Template) {
        for node in self.nodes.iter_mut().filter(|node| !node.runs()) {
            node.start();
        }
        (0..template.declared.streams.len()).for_each(|place| self.site.end(place));
        site::choose(&self.site.way, self.nodes[0].lines(), Fault::default());
        break_line(&self.site.way);
        let over = |stage: &Self| {
            let spool = stage.site.spool().expect("it runs");
            // In this order: what has just reached the disk is in the spool.
            !stage.site.waits_for_disk()
                && spool.runs().is_empty()
                && stage.nodes.iter().all(|node| node.journal_files().is_empty())
        };
        let began = tokio::time::Instant::now();
        // Not faster: what stalls for 30 s by this clock is hung up on.
        while !over(self) {
            assert!(began.elapsed() < PATIENCE, "not over after {PATIENCE:?}: {}", self.left());
            self.clock.advance(Span::from_secs(1));
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// What is not sealed yet.
    fn left(&self) -> String {
        let spool = self.site.spool().expect("it runs");
        let next = |run| spool.next(run, Sequence::FIRST, Sequence::FIRST);
        let runs: Vec<_> = spool.runs().into_iter().map(|run| (run.run, run.live, next(run.run))).collect();
        let files: Vec<_> = self.nodes.iter().map(Node::journal_files).collect();
        format!("{} lines; spool {runs:#?}; journals {files:#?}", self.site.way.lock().unwrap().lines)
    }
}
