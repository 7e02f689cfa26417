//! From a function up to where it is entered from outside: its callers in the product, until one is called by nobody
//! here, is handed over to be called by others, or is a program's own start.

use super::calls::{called_names, hash_name, is_plain};
use super::{Search, Site};
use crate::analysis::{places, survey::FileFacts};

/// Callers above callers.
const MOST_FLOORS: usize = 5;
/// Files that are looked into for a caller.
const MOST_FILES: usize = 14;

/// Who calls a function.
enum Caller<'s> {
    Site(Site<'s>),
    /// It is handed over, to be called when something happens.
    Registered,
    Nobody,
}

impl<'s> Search<'s> {
    /// The way from outside down to `site`, which is its last step.
    pub(super) fn way_to(&mut self, site: Site<'s>, files: &[&'s FileFacts]) -> Vec<Site<'s>> {
        let mut way = vec![site];
        while way.len() <= MOST_FLOORS {
            let Some(first) = way.first().copied() else { break };
            let name = &*first.callable.name;
            if matches!(name, "main" | "Main" | "loop" | "setup" | "run") && first.callable.parent.is_none()
                || is_plain(name)
            {
                break;
            }
            match self.caller_of(first, files) {
                Caller::Site(caller)
                    if way
                        .iter()
                        .all(|known| !std::ptr::eq(known.callable, caller.callable)) =>
                {
                    way.insert(0, caller);
                }
                _ => break,
            }
        }

        way
    }

    fn caller_of(&mut self, site: Site<'s>, files: &[&'s FileFacts]) -> Caller<'s> {
        let name = &*site.callable.name;
        let hash = hash_name(name);
        let mut holding: Vec<&'s FileFacts> = files
            .iter()
            .copied()
            .filter(|file| file.gleaned.calls.binary_search(&hash).is_ok())
            .filter(|file| !places::is_aside(&file.path))
            .collect();
        holding.sort_by_key(|file| {
            (
                file.path != site.file.path,
                file.folder() != site.file.folder(),
                file.path.matches('/').count(),
            )
        });
        holding.truncate(MOST_FILES);

        let mut best: Option<Site<'s>> = None;
        for file in holding {
            let text = self.text(file).to_owned();
            for (row, line) in text.lines().enumerate() {
                if !line.contains(name) {
                    continue;
                }
                for called in called_names(line)
                    .into_iter()
                    .filter(|called| called.name == name)
                {
                    let means = self.pick(called, &file.path);
                    let same = means.is_some_and(|found| std::ptr::eq(found.callable, site.callable));
                    if !same || row + 1 == site.callable.line as usize && file.path == site.file.path {
                        continue;
                    }
                    if called.handed {
                        return Caller::Registered;
                    }
                    let caller = around(file, row).map(|callable| Site { file, callable });
                    let caller = caller.filter(|caller| !std::ptr::eq(caller.callable, site.callable));
                    best = best.or(caller);
                }
            }
        }

        best.map_or(Caller::Nobody, Caller::Site)
    }
}

/// The innermost function around a row, from 0.
fn around(file: &FileFacts, row: usize) -> Option<&super::Callable> {
    let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
    let within = |callable: &&super::Callable| callable.line <= line && line < callable.line + callable.lines;

    file.gleaned
        .callables
        .iter()
        .filter(within)
        .min_by_key(|callable| callable.lines)
}
