//! What holds of all tables.

use kit::db::{assert_same_migrations, testing::assert_rows_are_guarded};

use crate::MIGRATIONS;

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_migrations(&MIGRATIONS);
}

#[tokio::test]
async fn on_postgresql_a_statement_reaches_the_rows_of_its_scope_alone() {
    assert_rows_are_guarded(&MIGRATIONS, &["stripe_events"]).await;
}
