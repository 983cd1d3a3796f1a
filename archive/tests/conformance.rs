//! One suite, every back-end: what holds for records on SQLite holds on PostgreSQL.

mod conformance {
    pub(crate) mod alarms;
    pub(crate) mod board;
    pub(crate) mod corrected;
    pub(crate) mod declared;
    pub(crate) mod file;
    pub(crate) mod identities;
    pub(crate) mod imported;
    pub(crate) mod judged;
    pub(crate) mod lease;
    pub(crate) mod logins;
    pub(crate) mod machines;
    pub(crate) mod many;
    pub(crate) mod naming;
    pub(crate) mod neighbours;
    pub(crate) mod people;
    pub(crate) mod postgres;
    pub(crate) mod process;
    pub(crate) mod race;
    pub(crate) mod recorded;
    pub(crate) mod results;
    pub(crate) mod supervision;
    pub(crate) mod watched;
    pub(crate) mod whole;
    pub(crate) mod world;
}
use conformance::{
    alarms, board, corrected, declared, file, identities, imported, judged, lease, logins, machines, many, naming, neighbours,
    people, postgres, process, race, recorded, results, supervision, watched, whole, world,
};

use std::sync::Arc;

use liuhen_archive::Records;
use liuhen_archive::records::{Postgres, Sqlite};
use liuhen_proto::world::SeededRandom;
use world::World;

/// Opens a new database twice: two processes that share it.
async fn sqlite(directory: &std::path::Path) -> Option<[Arc<dyn Records>; 2]> {
    let open = async |seed| Sqlite::open(&directory.join("liuhen.db"), Arc::new(SeededRandom::new(seed))).await.unwrap();
    Some([Arc::new(open(1).await), Arc::new(open(2).await)])
}

async fn postgres(_: &std::path::Path) -> Option<[Arc<dyn Records>; 2]> {
    let url = postgres::database().await?;
    let open = async |seed| Postgres::open(&url, Arc::new(SeededRandom::new(seed))).await.unwrap();
    Some([Arc::new(open(1).await), Arc::new(open(2).await)])
}

macro_rules! suite {
    ($($room:ident::$claim:ident($($second:ident)?);)*) => {
        suite!(@on sqlite, sqlite, $($room::$claim($($second)?);)*);
        suite!(@on postgres_, postgres, $($room::$claim($($second)?);)*);
    };
    (@on $module:ident, $open:ident, $($room:ident::$claim:ident($($second:ident)?);)*) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                let directory = tempfile::tempdir().unwrap();
                let Some([first, _second]) = super::$open(directory.path()).await else { return };
                let world = super::World::on(first).await;
                super::$room::$claim(&world $(, { let $second = _second; $second })?).await;
            })*
        }
    };
}

suite! {
    declared::what_was_declared_is_found();
    declared::the_same_key_gives_the_same_answer_and_other_content_is_refused();
    declared::what_stands_nowhere_or_elsewhere_is_refused();
    declared::a_session_is_revised_by_those_who_have_seen_it();
    declared::papers_are_sealed_once_and_the_schedule_says_so();
    declared::sessions_are_found_by_their_windows();
    recorded::a_run_opens_and_ends_once();
    recorded::sealed_segments_are_found_and_stand_in_the_chain_of_the_session();
    recorded::a_segment_of_two_sessions_stands_in_both_chains_and_one_of_none_in_its_streams();
    recorded::a_repeat_is_no_error_and_what_is_refused_harms_no_other();
    recorded::a_segment_over_a_clock_step_is_found_by_all_that_it_holds();
    recorded::a_late_signature_ends_the_unsigned_tail();
    lease::one_node_leads_a_recorder(second);
    lease::what_is_sealed_names_the_lease();
    board::a_gap_opens_once_changes_closes_and_is_filled();
    board::a_change_of_no_gap_is_refused_with_all_of_its_transaction();
    alarms::an_alarm_is_raised_once_changes_is_acknowledged_and_closed();
    alarms::alarms_are_found_and_their_events_are_told_in_order();
    judged::thresholds_are_set_by_those_who_have_seen_them();
    judged::a_still_is_kept_once_and_may_become_the_reference();
    judged::a_flag_is_told_where_it_says_something_new();
    judged::sound_levels_are_found_by_time();
    imported::a_key_is_registered_once();
    imported::a_file_is_taken_in_with_all_that_was_made_of_it();
    imported::a_file_that_is_refused_leaves_nothing();
    imported::a_correction_moves_the_footage_and_keeps_what_was_declared();
    imported::a_file_may_be_kept_only();
    corrected::a_corrected_clock_moves_what_is_sealed_and_what_comes_later();
    corrected::a_correction_is_taken_once_and_from_its_own_recorder_alone();
    people::an_account_is_made_once_and_changes_with_its_entries();
    people::people_are_listed_in_pages();
    people::a_login_is_renewed_once_for_each_token_and_ends();
    people::a_refresh_token_is_taken_by_one_of_many(second);
    people::passes_are_made_all_or_none_and_end();
    people::everything_stands_somewhere();
    people::looks_are_noted_in_the_chains_that_they_touch();
    machines::a_recorder_enrols_once_for_each_token();
    machines::a_revoked_key_never_comes_back();
    machines::a_one_time_token_is_taken_by_one_of_many(second);
    machines::what_was_refused_is_listed_newest_first();
    neighbours::a_neighbour_is_invited_once_and_permitted();
    neighbours::a_neighbour_enrols_once_for_each_token_and_is_revoked();
    neighbours::an_invitation_is_taken_by_one_of_many(second);
    watched::what_players_report_is_kept_beside_the_look();
    watched::what_cannot_have_been_watched_is_refused();
    watched::reports_of_one_look_meet(second);
    identities::an_identity_is_one_persons_at_a_time();
    identities::a_login_by_an_identity_ends_with_it();
    identities::a_token_lets_in_once_and_a_link_is_made_once(second);
    logins::those_that_are_alive_are_listed_and_can_be_ended();
    process::facts_are_judged_numbered_and_found();
    process::what_is_told_twice_is_recorded_once();
    many::many_facts_are_recorded_all_or_none();
    process::of_two_who_have_seen_the_same_one_wins(second);
    process::expected_windows_follow_from_facts();
    process::pushes_in_any_order_end_in_the_same_state();
    process::a_gap_of_a_planned_session_is_a_technical_incident();
    process::next_years_calendar_is_taken_in();
    process::later_kinds();
    results::a_batch_sees_what_waits_in_its_sessions();
    results::a_batch_sees_the_numbers_of_other_batches();
    results::of_two_who_amend_a_score_one_wins(second);
    naming::facts_that_name_any_of_many_are_found_once();
    naming::telling_a_number_puts_no_other_batch_together();
    naming::of_two_batches_that_tell_the_same_number_one_wins(second);
    supervision::a_sealed_session_is_in_the_outbox_until_it_is_received();
    supervision::what_is_refused_goes_again_as_the_next_version();
    supervision::who_is_not_bound_hands_nothing_out();
    supervision::an_answer_is_taken_by_one_of_two(second);
    whole::rows_agree_with_their_entries();
    alarms::two_writers_raise_it_once_and_number_events_without_holes(second);
    race::two_writers_never_fork_the_log(second);
    race::the_same_thing_from_two_writers_is_written_once(second);
}
