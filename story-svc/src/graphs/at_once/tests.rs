//! Order, bound and failure of work done at once.

use std::cell::{Cell, RefCell};

use tokio::sync::Notify;

use super::*;

#[tokio::test]
async fn results_come_in_the_order_of_the_items_and_no_more_than_the_limit_run_at_once() {
    let (running, most) = (Cell::new(0), Cell::new(0));
    let gates: Vec<Notify> = (0..5).map(|_| Notify::new()).collect();
    // The last item ends first.
    gates[4].notify_one();

    let results = at_once(0..5_usize, 5, async |n| {
        running.set(running.get() + 1);
        most.set(most.get().max(running.get()));
        gates[n].notified().await;
        if n > 0 {
            gates[n - 1].notify_one();
        }
        running.set(running.get() - 1);
        Ok(n * 10)
    })
    .await;

    assert_eq!(results.unwrap(), [0, 10, 20, 30, 40]);
    assert_eq!(most.get(), 5);

    most.set(0);

    let results = at_once(0..7, 2, async |n| {
        running.set(running.get() + 1);
        most.set(most.get().max(running.get()));
        tokio::task::yield_now().await;
        running.set(running.get() - 1);
        Ok(n)
    })
    .await;

    assert_eq!((results.unwrap().len(), most.get()), (7, 2));
}

#[tokio::test]
async fn after_a_failure_that_may_pass_nothing_new_begins_but_what_runs_may_finish() {
    let (begun, ended) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let failed = at_once(0..10, 3, async |n| {
        begun.borrow_mut().push(n);

        if n == 1 {
            return Err(NodeError::retryable("busy"));
        }

        for _ in 0..5 {
            tokio::task::yield_now().await;
        }

        ended.borrow_mut().push(n);

        Ok(())
    })
    .await;

    assert_eq!(failed.unwrap_err().message(), "busy");

    ended.borrow_mut().sort_unstable();
    assert_eq!((begun.take(), ended.take()), (vec![0, 1, 2], vec![0, 2]));
}

#[tokio::test]
async fn a_failure_that_can_not_pass_drops_the_others() {
    let ended = RefCell::new(Vec::new());
    let failed = at_once(0..10, 3, async |n| {
        if n == 1 {
            return Err(NodeError::fatal("refused"));
        }
        std::future::pending::<()>().await;
        ended.borrow_mut().push(n);
        Ok(())
    })
    .await;

    assert_eq!(failed.unwrap_err().message(), "refused");
    assert!(ended.take().is_empty());
}
