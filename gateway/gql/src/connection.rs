//! Lists in pages, in the form that Relay knows: from either end, each row with the cursor at which the list goes on.

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
    /// The rows of this page, each with its cursor.
    edges: Edges<T>,
    /// Where this page stands in its list.
    page_info: PageInfo,
    /// How many rows the whole list has, on all pages; null for a list that is not counted. Counted only when it is selected.
    total_count: Option<u64>,
}

/// One row of a page.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// The thing that this row shows.
    pub(crate) node: T,
    /// The row's place: what `after` takes to go on behind it, and `before` to go back from it.
    pub(crate) cursor: String,
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
struct PageInfo {
    /// Whether there are more rows behind this page.
    has_next_page: bool,
    /// Whether there are rows before this page.
    has_previous_page: bool,
    /// Cursor of the first row: what `before` takes for the page in front.
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
    /// The rows of this page, without their cursors.
    async fn nodes(&self) -> Vec<Row<&T>> {
        self.edges.0.iter().map(|edge| Row(&edge.node)).collect()
    }
}

impl<T: ContainerType> Page<T> {
    /// The same page, of a list of so many rows.
    #[must_use]
    pub fn of_total(self, total_count: Option<u64>) -> Self {
        Self { total_count, ..self }
    }
}

/// The arguments of a list, as they were sent.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    pub first: Option<i64>,
    pub after: Option<String>,
    pub last: Option<i64>,
    pub before: Option<String>,
}

/// Which page was asked for.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub size: u32,
    /// Empty for the page at the list's beginning, or at its end when it is read backward.
    pub token: String,
    /// Whether the page ends at the token instead of beginning there.
    pub backward: bool,
}

/// An argument that does not say what a page can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongPage {
    #[error("expected 1 to {PAGE_MAX}")]
    Size(&'static str),
    #[error("expected it together with `{with}`")]
    Without {
        argument: &'static str,
        with: &'static str,
    },
}

impl WrongPage {
    /// The argument at fault.
    #[must_use]
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Size(argument) | Self::Without { argument, .. } => argument,
        }
    }
}

impl PageRequest {
    /// With `last`, the list is read from its end; `first` is then what the schema fills in.
    ///
    /// # Errors
    /// A size that no page has; `after` with `last`; `before` without it.
    pub fn parse(sent: PageArguments) -> Result<Self, WrongPage> {
        let backward = sent.last.is_some();
        let (argument, size) = match sent.last {
            Some(last) => ("last", last),
            None => ("first", sent.first.unwrap_or(PAGE_DEFAULT)),
        };
        let size = u64::try_from(size).unwrap_or(0);
        let fits = (1..=PAGE_MAX).contains(&size).then(|| u32::try_from(size).ok());
        let size = fits.flatten().ok_or(WrongPage::Size(argument))?;

        let token = match (backward, sent.after, sent.before) {
            (false, _, Some(_)) => {
                return Err(WrongPage::Without {
                    argument: "before",
                    with: "last",
                });
            }
            (true, Some(_), _) => {
                return Err(WrongPage::Without {
                    argument: "after",
                    with: "first",
                });
            }
            (false, token, None) | (true, None, token) => token,
        };

        Ok(Self {
            size,
            token: token.unwrap_or_default(),
            backward,
        })
    }

    /// The page of these rows, each with its cursor, in the list's order. `more`: the list goes on in the direction in which
    /// it was read.
    pub fn page<T: ContainerType>(&self, rows: impl Iterator<Item = (String, T)>, more: bool) -> Page<T> {
        let edges: Vec<_> = rows.map(|(cursor, node)| Edge { node, cursor }).collect();
        let cursor = |edge: Option<&Edge<T>>| edge.map(|edge| edge.cursor.clone());
        let came_from = !self.token.is_empty();
        let page_info = PageInfo {
            has_next_page: if self.backward { came_from } else { more },
            has_previous_page: if self.backward { more } else { came_from },
            start_cursor: cursor(edges.first()),
            end_cursor: cursor(edges.last()),
        };
        Page {
            edges: Edges(edges),
            page_info,
            total_count: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(
        (first, after): (Option<i64>, Option<&str>),
        (last, before): (Option<i64>, Option<&str>),
    ) -> Result<(u32, String, bool), WrongPage> {
        let sent = PageArguments {
            first,
            after: after.map(str::to_owned),
            last,
            before: before.map(str::to_owned),
        };
        PageRequest::parse(sent).map(|page| (page.size, page.token, page.backward))
    }

    #[test]
    fn a_page_is_read_from_the_end_that_was_named() {
        let token = |text: &str| text.to_owned();
        assert_eq!(parse((None, None), (None, None)), Ok((20, token(""), false)));
        assert_eq!(
            parse((Some(3), Some("a")), (None, None)),
            Ok((3, token("a"), false))
        );
        assert_eq!(parse((Some(20), None), (Some(3), None)), Ok((3, token(""), true)));
        assert_eq!(
            parse((None, None), (Some(3), Some("b"))),
            Ok((3, token("b"), true))
        );
    }

    #[test]
    fn what_says_no_page_names_the_argument_at_fault() {
        for (forward, backward, argument) in [
            ((Some(0), None), (None, None), "first"),
            ((Some(101), None), (None, None), "first"),
            ((None, None), (Some(0), None), "last"),
            ((None, None), (Some(-1), None), "last"),
            ((None, Some("a")), (Some(1), None), "after"),
            ((None, None), (None, Some("b")), "before"),
        ] {
            let refused = parse(forward, backward).unwrap_err();
            assert_eq!(refused.argument(), argument);
        }
    }
}
