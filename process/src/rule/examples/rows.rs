//! One test for each row of the requirements that a rule serves.

use super::prove;

/// Makes the tests, and the list of them.
macro_rules! rows {
    ($($row:literal $name:ident)*) => {
        pub(super) const ROWS: &[(&str, &str)] = &[$(($row, stringify!($name)),)*];

        $(
            #[test]
            #[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
            fn $name() {
                prove($row);
            }
        )*
    };
}

rows! {
    "A4" row_A4_no_room_opens_before_the_district_has_stamped_the_plan
    "A5" row_A5_employment_is_checked_before_the_roster_is_confirmed
    "A6" row_A6_the_district_sends_a_supervisor
    "A7" row_A7_a_plan_lies_within_the_filed_scope
    "A8" row_A8_a_plan_was_announced
    "A9" row_A9_the_body_is_on_file
    "A10" row_A10_all_subjects_are_examined
    "B1" row_B1_the_announcement_is_approved_and_in_time
    "B2" row_B2_the_plan_is_filed_in_time_and_confirmed
    "B3" row_B3_registration_review_and_tickets_have_their_days
    "B5" row_B5_a_photo_is_there
    "B6" row_B6_nobody_applies_twice
    "B9" row_B9_no_seat_without_approval
    "B10" row_B10_confirmed_data_change_as_a_correction_only
    "B11" row_B11_no_room_opens_without_its_papers
    "B12" row_B12_the_plan_is_named_as_the_template_says
    "B14" row_B14_the_undertaking_is_signed_and_stamped
    "B15" row_B15_weights_make_a_whole_and_the_method_is_known
    "B16" row_B16_process_events_belong_to_a_process_assessment
    "C1" row_C1_the_site_is_approved
    "C3" row_C3_the_site_has_its_facilities
    "C4" row_C4_the_cordon_is_guarded
    "C5" row_C5_recording_was_played_back_and_devices_work
    "C6" row_C6_the_cameras_cover_the_room
    "C7" row_C7_only_enterprises_are_exempt_and_traces_are_kept
    "C8" row_C8_seats_stand_apart_and_computers_suffice
    "C9" row_C9_equipment_is_checked
    "C10" row_C10_a_review_room_is_quiet_and_tidy
    "C12" row_C12_candidates_sit_where_they_are_seated
    "C13" row_C13_tickets_are_handed_out_in_time
    "D1" row_D1_one_paper_for_one_session
    "D2" row_D2_two_persons_sign_what_is_secret
    "P1" row_P1_posts_are_filled
    "P2" row_P2_no_turn_begins_with_too_few_invigilators
    "P3" row_P3_who_is_related_does_not_serve
    "P4" row_P4_trainers_do_not_invigilate_their_trainees
    "P5" row_P5_examiners_are_enough_led_and_sent_at_random
    "P6" row_P6_no_turn_begins_without_a_supervisor
    "P7" row_P7_roles_are_not_mixed_and_badges_are_worn
    "P8" row_P8_problems_come_with_guidance
    "F1" row_F1_notices_are_posted
    "F2" row_F2_candidates_know_the_room
    "F3" row_F3_the_head_has_checked_and_met
    "F4" row_F4_invigilators_are_trained
    "F5" row_F5_examiners_are_prepared
    "F6" row_F6_the_supervisor_looks_the_day_before
    "F7" row_F7_the_handbook_is_handed_out
    "G1" row_G1_invigilators_are_drawn
    "G2" row_G2_machines_are_checked
    "G3" row_G3_bags_of_papers_are_checked
    "G4" row_G4_the_place_of_a_practical_test_is_checked
    "G5" row_G5_the_supervisor_looks_before_the_start
    "H2" row_H2_a_hole_in_the_recording_is_found
    "H3" row_H3_nobody_comes_late_or_leaves_early
    "H4" row_H4_time_is_kept_and_events_are_reported
    "H5" row_H5_identities_are_checked_and_violations_reported
    "H6" row_H6_time_lost_by_equipment_is_given_back
    "H7" row_H7_only_a_supervisor_decides
    "H8" row_H8_staff_do_not_help
    "I1" row_I1_what_was_issued_is_collected_and_sealed
    "I2" row_I2_the_supervisor_evaluates
    "B4" row_B4_the_next_plan_waits_for_the_certificates_of_the_last
    "I3" row_I3_a_person_confirms_what_a_computer_marked
    "I4" row_I4_keys_are_encrypted_and_changed_with_approval_only
    "I5" row_I5_marking_is_logged_and_backed_up
    "I6" row_I6_groups_mark_and_report_anomalies
    "I7" row_I7_scores_are_entered_as_they_are_and_joined_with_violations
    "I8" row_I8_another_person_checks_what_was_entered
    "J1" row_J1_results_are_posted_and_last_before_they_are_uploaded
    "J2" row_J2_the_committee_decides_about_objections
    "J3" row_J3_numbers_are_in_form_and_confirmed
    "J4" row_J4_a_certificate_says_what_the_guideline_prescribes
    "J5" row_J5_a_reissue_keeps_the_number
    "J6" row_J6_data_are_reported_in_time
    "J7" row_J7_returned_data_are_put_right_in_time
    "K1" row_K1_nothing_waits_when_a_batch_is_closed
    "K2" row_K2_the_volume_is_complete
    "K5" row_K5_the_summary_is_true_and_in_time
}
