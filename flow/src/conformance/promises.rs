//! What the engine promises, as tests that run on any store: a worker's death is an aborted task here; whole processes
//! are killed in the platform's own tests. [`crate::promise_tests!`] makes a test of each.

mod bench;
mod crashes;
mod graphs;
mod history;
mod people;
mod retries;

pub use crashes::*;
pub use graphs::*;
pub use history::*;
pub use people::*;
pub use retries::*;

/// One `#[tokio::test]` for each promise; `$run` is an async function from the promise, itself an async function of a
/// store.
#[macro_export]
macro_rules! promise_tests {
    ($run:path) => {
        $crate::promise_tests! { $run =>
            a_chain_runs_to_its_end
            a_fan_out_folds_its_items_in_order
            an_empty_fan_out_passes_on
            a_fan_out_keeps_to_its_concurrency
            a_join_waits_for_all
            a_branch_follows_the_state
            live_values_reach_watchers_and_are_not_kept
            events_can_be_committed_with_the_step
            a_run_is_found_without_a_signal
            a_crowd_of_guests_leaves_room_and_comes_last
            a_dead_workers_run_goes_on_from_its_last_step
            journalled_effects_are_not_done_twice
            finished_items_are_not_run_again
            calls_with_one_key_share_one_effect
            a_worker_that_lost_its_lease_stops_without_writing
            a_run_that_kills_its_workers_is_given_up
            a_stopping_worker_hands_its_runs_back
            a_worker_that_can_not_wait_drops_and_hands_back
            a_question_parks_the_run_and_its_answer_resumes_it
            a_run_stops_at_its_pause_points_and_goes_on_without_doing_anything_twice
            a_run_that_stops_before_its_first_step_begins_when_it_is_let
            cancelling_drops_the_work_at_once_and_keeps_what_was_committed
            a_node_can_stop_by_itself_when_cancelled
            a_missed_cancellation_is_found_by_looking
            starting_twice_with_one_key_makes_one_run
            any_checkpoint_can_be_read_and_forked
            large_states_are_moved_out_and_read_back
            long_runs_keep_only_their_newest_checkpoints
            events_are_numbered_and_replayed_after_any_of_them
            repeated_events_of_a_retried_step_are_written_once
            a_failed_node_is_tried_again_until_its_last_attempt
            a_fatal_failure_is_not_tried_again
            a_panic_is_a_failure_like_any_other
            a_node_that_hangs_runs_into_its_timeout
            the_soft_limit_asks_nodes_to_stop
            the_hard_limit_drops_them
            a_broken_graph_fails_its_run
        }
    };
    ($run:path => $($promise:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $run($crate::conformance::promises::$promise).await;
            }
        )*
    };
}
