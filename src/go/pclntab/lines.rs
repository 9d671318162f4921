//! The source lines of a function, as runs of addresses.

use super::func::Func;
use crate::base::AddrRange;

/// Instructions that belong to one line, that of an inlined call included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRun<'t> {
    pub range: AddrRange,
    pub file: Option<&'t str>,
    pub line: Option<u32>,
}

impl<'t> Func<'t> {
    /// All runs in order of address; damaged tables end early.
    #[must_use]
    pub fn lines(&self) -> Vec<LineRun<'t>> {
        self.lines_in(&mut |_| true)
    }

    /// Like [`Func::lines`], of the files that `wanted` accepts. A function without any of them is
    /// told by its files alone.
    #[must_use]
    pub fn lines_in(&self, wanted: &mut dyn FnMut(&str) -> bool) -> Vec<LineRun<'t>> {
        let mut files: Vec<(u64, Option<&'t str>)> = Vec::new();
        for (end, number) in self.file_runs() {
            let file = self.file_of(number).filter(|file| wanted(file));
            files.push((end, file));
        }
        if files.iter().all(|(_, file)| file.is_none()) {
            return Vec::new();
        }
        let mut runs = Vec::new();
        let mut files = files.into_iter();
        let mut file = files.next();
        let mut start = 0;
        for (end, line) in self.line_runs() {
            // A line's run may go through several files' and the other way round.
            while start < end
                && let Some((file_end, name)) = file
            {
                let stop = end.min(file_end);
                if name.is_some() && start < stop {
                    runs.push(LineRun {
                        range: self.range_of(start, stop),
                        file: name,
                        line: u32::try_from(line).ok().filter(|&line| line > 0),
                    });
                }
                start = stop;
                if stop == file_end {
                    file = files.next();
                }
            }
        }
        runs
    }

    fn range_of(&self, start: u64, end: u64) -> AddrRange {
        let at = |offset: u64| self.entry().checked_add(offset).unwrap_or(self.end());
        AddrRange::between(at(start), at(end).min(self.end()))
    }
}
