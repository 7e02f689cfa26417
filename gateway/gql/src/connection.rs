//! Lists in pages, in the form that Relay knows: forward only, each row with the cursor after which the list goes on.

use std::borrow::Cow;

use async_graphql::{ComplexObject, ContainerType, OutputType, SimpleObject, TypeName};

use crate::leaves::{Edges, Row};

/// Rows of a page when nobody says how many.
pub const PAGE_DEFAULT: i64 = 20;
pub(crate) const PAGE_MAX: u64 = 100;

/// One page of a list.
#[derive(SimpleObject)]
#[graphql(complex, name_type)]
pub struct Page<T: ContainerType> {
    /// Its rows, each with its cursor.
    edges: Edges<T>,
    /// Where it stands in the list.
    page_info: PageInfo,
}

/// One row of a page.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// What the row is.
    pub(crate) node: T,
    /// What `after` takes to go on behind this row.
    pub(crate) cursor: String,
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
struct PageInfo {
    /// Whether there are more rows behind this page.
    has_next_page: bool,
    /// Whether there are rows before this page.
    has_previous_page: bool,
    /// Cursor of the first row.
    start_cursor: Option<String>,
    /// Cursor of the last row: what `after` takes for the next page.
    end_cursor: Option<String>,
}

impl<T: ContainerType> TypeName for Page<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

#[ComplexObject]
impl<T: ContainerType> Page<T> {
    /// Its rows, without their cursors.
    async fn nodes(&self) -> Vec<Row<&T>> {
        self.edges.0.iter().map(|edge| Row(&edge.node)).collect()
    }
}

/// Which page was asked for.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub size: u32,
    /// Empty for the first page.
    pub token: String,
}

/// `first` is not a size that a page can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {PAGE_MAX}")]
pub struct WrongPageSize;

impl PageRequest {
    pub fn parse(first: Option<i64>, after: Option<String>) -> Result<Self, WrongPageSize> {
        let first = u64::try_from(first.unwrap_or(PAGE_DEFAULT)).unwrap_or(0);
        let fits = (1..=PAGE_MAX).contains(&first).then(|| u32::try_from(first).ok());

        Ok(Self {
            size: fits.flatten().ok_or(WrongPageSize)?,
            token: after.unwrap_or_default(),
        })
    }

    /// The page of these rows, each with its cursor.
    pub fn page<T: ContainerType>(&self, rows: impl Iterator<Item = (String, T)>, more: bool) -> Page<T> {
        let edges: Vec<_> = rows.map(|(cursor, node)| Edge { node, cursor }).collect();
        let cursor = |edge: Option<&Edge<T>>| edge.map(|edge| edge.cursor.clone());
        let page_info = PageInfo {
            has_next_page: more,
            has_previous_page: !self.token.is_empty(),
            start_cursor: cursor(edges.first()),
            end_cursor: cursor(edges.last()),
        };
        Page {
            edges: Edges(edges),
            page_info,
        }
    }
}
