//! The trait, for one driver: which body runs in a write transaction, and which on a reader.

use async_trait::async_trait;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, ImportId, OrganizationId, RecorderId, RunId, SessionId, SiteId, StillId, StreamId, ViewpointId};
use liuhen_proto::import::SignedStatement;
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::signing::PublicKey;
use liuhen_proto::{Interval, Sha256, Timestamp};

use super::{
    Driver, board, corrected, custody, declare, derived, flags, imported, imports, judgement, keys, lease, lookup, runs, scan,
    schedule, seal, segments,
};
use crate::records::convert::failed;
use crate::records::scan::{ChainHead, DraftPage, KeyPage, Leaf, LogState, ObjectKind, RowKind, StoredObject, StoredSegment};
use crate::records::transaction::transaction;
use crate::records::{
    Act, Camera, Claim, ClockCorrected, ClockName, CoveredSegment, Entry, Expectation, ExpectedWindow, Fence, Flag, FlagReport,
    Gap, GapChange, Head, HeldRange, Import, IndexedSegment, Key, LateSignature, Lease, Levels, MAX_BATCH, MAX_ROWS, NewCamera,
    NewClockCorrection, NewImport, NewKey, NewOrganization, NewRecorder, NewRoom, NewRun, NewSegment, NewSession, NewSite,
    NewStill, NewViewpoint, Organization, Receipt, Recorder, Records, Room, Run, RunEnd, ScheduledSession, Sealed, Segment,
    Session, Site, SiteLayout, Still, StreamJudgement, StreamPlace, Viewpoint, Written,
};
use crate::{Error, Result};

fn bounded(segments: usize) -> Result<()> {
    if segments <= MAX_BATCH {
        return Ok(());
    }
    Err(Error::Invalid { field: "segments", why: format!("at most {MAX_BATCH} in one transaction") })
}

#[async_trait]
impl Records for Driver {
    async fn create_organization(&self, act: &Act, new: NewOrganization) -> Result<Written<Organization>> {
        transaction!(self, |tx| declare::organization(tx, act, &new, self.random()))
    }

    async fn create_site(&self, act: &Act, new: NewSite) -> Result<Written<Site>> {
        transaction!(self, |tx| declare::site(tx, act, &new, self.random()))
    }

    async fn create_room(&self, act: &Act, new: NewRoom) -> Result<Written<Room>> {
        transaction!(self, |tx| declare::room(tx, act, &new, self.random()))
    }

    async fn create_viewpoint(&self, act: &Act, new: NewViewpoint) -> Result<Written<Viewpoint>> {
        transaction!(self, |tx| declare::viewpoint(tx, act, &new, self.random()))
    }

    async fn create_camera(&self, act: &Act, new: NewCamera) -> Result<Written<Camera>> {
        transaction!(self, |tx| declare::camera(tx, act, &new, self.random()))
    }

    async fn create_recorder(&self, act: &Act, new: NewRecorder) -> Result<Written<Recorder>> {
        transaction!(self, |tx| declare::recorder(tx, act, &new, self.random()))
    }

    async fn create_session(&self, act: &Act, new: NewSession) -> Result<Written<Session>> {
        transaction!(self, |tx| declare::session(tx, act, &new, self.random()))
    }

    async fn revise_session(
        &self,
        act: &Act,
        session: SessionId,
        seen: u32,
        windows: Vec<ExpectedWindow>,
        reason: String,
    ) -> Result<Written<Session>> {
        transaction!(self, |tx| declare::revise(tx, act, (session, seen), &windows, &reason, self.random()))
    }

    async fn seal_session(&self, act: &Act, session: SessionId) -> Result<Written<Session>> {
        transaction!(self, |tx| schedule::seal(tx, act, session, self.random()))
    }

    async fn schedule_of_site(&self, site: SiteId, now: Timestamp) -> Result<Vec<ScheduledSession>> {
        schedule::of_site(&mut *self.reader().await?, site, now).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>> {
        lookup::organization(&mut *self.reader().await?, &id.to_string()).await
    }

    async fn sites(&self) -> Result<Vec<Site>> {
        lookup::sites(&mut *self.reader().await?).await
    }

    async fn layout(&self, site: SiteId) -> Result<Option<SiteLayout>> {
        lookup::layout(&mut *self.reader().await?, site).await
    }

    async fn recorder(&self, id: RecorderId) -> Result<Option<Recorder>> {
        Ok(lookup::recorder(&mut *self.reader().await?, &id.to_string()).await?.map(|(recorder, _)| recorder))
    }

    async fn recorder_by_token(&self, token_sha256: Sha256) -> Result<Option<Recorder>> {
        lookup::recorder_by_token(&mut *self.reader().await?, token_sha256).await
    }

    async fn stream_place(&self, stream: StreamId) -> Result<Option<StreamPlace>> {
        lookup::stream_place(&mut *self.reader().await?, &stream.to_string()).await
    }

    async fn streams_of_site(&self, site: SiteId) -> Result<Vec<StreamPlace>> {
        lookup::streams_of_site(&mut *self.reader().await?, site).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>> {
        lookup::session(&mut *self.reader().await?, &id.to_string()).await
    }

    async fn sessions_in(&self, interval: Option<Interval>, site: Option<SiteId>, limit: u32) -> Result<Vec<Session>> {
        lookup::sessions(&mut *self.reader().await?, interval, site, limit.min(MAX_ROWS)).await
    }

    async fn expectations(&self, session: SessionId) -> Result<Vec<Expectation>> {
        lookup::expectations(&mut *self.reader().await?, session).await
    }

    async fn open_run(&self, act: &Act, new: NewRun) -> Result<Written<Run>> {
        transaction!(self, |tx| runs::open(tx, act, &new, self.random()))
    }

    async fn end_run(&self, act: &Act, run: RunId, end: RunEnd) -> Result<Written<Run>> {
        transaction!(self, |tx| runs::end(tx, act, run, end, self.random()))
    }

    async fn run(&self, run: RunId) -> Result<Option<Run>> {
        runs::run(&mut *self.reader().await?, run).await
    }

    async fn sealed_ranges(&self, run: RunId) -> Result<Vec<HeldRange>> {
        runs::sealed_ranges(&mut *self.reader().await?, run).await
    }

    async fn seal_segments(&self, act: &Act, segments: Vec<NewSegment>) -> Result<Vec<Result<Sealed>>> {
        bounded(segments.len())?;
        let segments: Vec<_> = segments.into_iter().map(|segment| (segment, None)).collect();
        transaction!(self, |tx| seal::segments(tx, act, &segments, self.random()))
    }

    async fn seal_leased(&self, act: &Act, segments: Vec<(NewSegment, Fence)>) -> Result<Vec<Result<Sealed>>> {
        bounded(segments.len())?;
        let segments: Vec<_> = segments.into_iter().map(|(segment, fence)| (segment, Some(fence))).collect();
        transaction!(self, |tx| seal::segments(tx, act, &segments, self.random()))
    }

    async fn claim_lease(&self, claim: Claim) -> Result<Lease> {
        transaction!(self, |tx| lease::claim(tx, &claim))
    }

    async fn append_signature(&self, act: &Act, late: LateSignature) -> Result<Receipt> {
        transaction!(self, |tx| seal::signature(tx, act, &late, self.random()))
    }

    async fn segment(&self, run: RunId, sequence: Sequence) -> Result<Option<IndexedSegment>> {
        segments::at(&mut *self.reader().await?, run, sequence).await
    }

    async fn segments_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Segment>> {
        segments::within(&mut *self.reader().await?, stream, interval, limit).await
    }

    async fn indexed_segments_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<IndexedSegment>> {
        segments::indexed_within(&mut *self.reader().await?, stream, interval, limit).await
    }

    async fn coverage_in(&self, stream: StreamId, interval: Interval) -> Result<Vec<CoveredSegment>> {
        segments::coverage(&mut *self.reader().await?, stream, interval).await
    }

    async fn correct_clock(&self, act: &Act, new: NewClockCorrection) -> Result<Written<ClockCorrected>> {
        transaction!(self, |tx| corrected::correct(tx, act, &new, self.random()))
    }

    async fn clock_shifts(&self, recorder: RecorderId, boot: BootId) -> Result<Vec<(ClockName, i64)>> {
        corrected::shifts(&mut *self.reader().await?, recorder, boot).await
    }

    async fn change_gaps(&self, act: &Act, changes: Vec<GapChange>) -> Result<Vec<Gap>> {
        transaction!(self, |tx| board::change(tx, act, &changes, (&self.cases, self.random())))
    }

    async fn gaps_of(&self, session: SessionId) -> Result<Vec<Gap>> {
        board::of(&mut *self.reader().await?, session).await
    }

    async fn set_thresholds(
        &self,
        act: &Act,
        viewpoint: ViewpointId,
        seen: u32,
        thresholds: Thresholds,
        reason: String,
    ) -> Result<Written<Viewpoint>> {
        transaction!(self, |tx| judgement::thresholds(tx, act, (viewpoint, seen), &thresholds, &reason, self.random()))
    }

    async fn accept_reference(&self, act: &Act, viewpoint: ViewpointId, seen: u32, still: StillId) -> Result<Written<Viewpoint>> {
        transaction!(self, |tx| judgement::reference(tx, act, (viewpoint, seen), still, self.random()))
    }

    async fn viewpoint(&self, id: ViewpointId) -> Result<Option<Viewpoint>> {
        lookup::viewpoint(&mut *self.reader().await?, &id.to_string()).await
    }

    async fn judgement_of_site(&self, site: SiteId) -> Result<Vec<StreamJudgement>> {
        judgement::of_site(&mut *self.reader().await?, site).await
    }

    async fn report_flags(&self, act: &Act, reports: Vec<FlagReport>) -> Result<Vec<Result<Option<Receipt>>>> {
        if reports.len() > MAX_BATCH {
            return Err(Error::Invalid { field: "flags", why: format!("at most {MAX_BATCH} in one transaction") });
        }
        transaction!(self, |tx| flags::report(tx, act, &reports, self.random()))
    }

    async fn flags_in(&self, viewpoint: ViewpointId, interval: Interval, limit: u32) -> Result<Vec<Flag>> {
        flags::within(&mut *self.reader().await?, viewpoint, interval, limit).await
    }

    async fn add_still(&self, still: NewStill) -> Result<Still> {
        transaction!(self, |tx| derived::add_still(tx, &still))
    }

    async fn still(&self, id: StillId) -> Result<Option<Still>> {
        derived::still(&mut *self.reader().await?, id).await
    }

    async fn stills_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Still>> {
        derived::stills(&mut *self.reader().await?, stream, interval, limit).await
    }

    async fn add_levels(&self, levels: Levels) -> Result<()> {
        transaction!(self, |tx| derived::add_levels(tx, &levels))
    }

    async fn levels_in(&self, stream: StreamId, interval: Interval) -> Result<Vec<Levels>> {
        derived::levels(&mut *self.reader().await?, stream, interval).await
    }

    async fn register_key(&self, act: &Act, new: NewKey) -> Result<Written<Key>> {
        transaction!(self, |tx| imports::register_key(tx, act, &new, self.random()))
    }

    async fn key_by_public(&self, key: PublicKey) -> Result<Option<Key>> {
        imports::key_by_public(&mut *self.reader().await?, key).await
    }

    async fn take_import(&self, act: &Act, new: NewImport) -> Result<Written<Import>> {
        transaction!(self, |tx| imported::take(tx, act, &new, self.random()))
    }

    async fn correct_import(&self, act: &Act, signed: SignedStatement) -> Result<Written<Import>> {
        transaction!(self, |tx| imported::correct(tx, act, &signed, self.random()))
    }

    async fn import(&self, id: ImportId) -> Result<Option<Import>> {
        imports::import(&mut *self.reader().await?, id).await
    }

    async fn imports(&self, viewpoint: Option<ViewpointId>, limit: u32) -> Result<Vec<Import>> {
        imports::newest(&mut *self.reader().await?, viewpoint, limit.min(MAX_ROWS)).await
    }

    async fn entries(&self, from: u64, subject: Option<&str>, limit: u32) -> Result<Vec<Entry>> {
        custody::entries(&mut *self.reader().await?, from, subject, limit.min(MAX_ROWS)).await
    }

    async fn body(&self, sha256: Sha256) -> Result<Option<Vec<u8>>> {
        custody::body(&mut *self.reader().await?, sha256).await
    }

    async fn head(&self) -> Result<Head> {
        custody::head(&mut *self.reader().await?).await
    }

    async fn scan_leaves(&self, from: u64, limit: u32) -> Result<Vec<Leaf>> {
        scan::leaves(&mut *self.reader().await?, from, limit).await
    }

    async fn scan_chains(&self, after: &str, limit: u32) -> Result<Vec<ChainHead>> {
        scan::chains(&mut *self.reader().await?, after, limit).await
    }

    async fn scan_log(&self) -> Result<LogState> {
        scan::log(&mut *self.reader().await?).await
    }

    async fn scan_trees(&self, after: u64, limit: u32) -> Result<Vec<(u64, Sha256)>> {
        scan::trees(&mut *self.reader().await?, after, limit).await
    }

    async fn scan_drafts(&self, kind: RowKind, after: &str, limit: u32) -> Result<DraftPage> {
        scan::drafts(&mut *self.reader().await?, kind, after, limit).await
    }

    async fn scan_miscounted(&self, limit: u32) -> Result<Vec<(String, u64, u64)>> {
        scan::miscounted(&mut *self.reader().await?, limit).await
    }

    async fn scan_unjoined(&self, limit: u32) -> Result<Vec<String>> {
        scan::unjoined(&mut *self.reader().await?, limit).await
    }

    async fn scan_miskeyed(&self, after: &str, limit: u32) -> Result<KeyPage> {
        keys::wrong(&mut *self.reader().await?, after, limit).await
    }

    async fn scan_objects(&self, kind: ObjectKind, after: &str, limit: u32) -> Result<Vec<StoredObject>> {
        scan::objects(&mut *self.reader().await?, kind, after, limit).await
    }

    async fn scan_segments(&self, after: Option<&StoredSegment>, limit: u32) -> Result<Vec<StoredSegment>> {
        scan::stored(&mut *self.reader().await?, after, limit).await
    }

    async fn entry_by_idem(&self, idem: &str) -> Result<Option<Entry>> {
        let found = scan::leaf_by_idem(&mut *self.reader().await?, idem).await?;
        Ok(found.map(|(index, envelope)| Entry { index, envelope }))
    }
}
