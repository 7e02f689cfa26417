//! Looks at the usernames of rows that are older than the rule that no two look alike. Old names stay, whatever they look like.

use kit::db::Db;

use super::names::draw_skeleton;
use crate::{error::AuthError, store::users};

/// Rows looked at at a time.
const BATCH: i64 = 500;

/// Does nothing where every row has been looked at.
pub(crate) async fn fill_looks(db: &Db) -> Result<(), AuthError> {
    let db = &db.system();
    loop {
        let rows = users::list_without_skeleton(db, BATCH).await?;
        if rows.is_empty() {
            return Ok(());
        }

        for (id, username) in rows {
            // No name holds a `=`.
            users::set_skeleton(db, id, &draw_skeleton(&username), &format!("={id}")).await?;
        }
    }
}
