//! `disassemble`, and `list` with a location specification.

use std::sync::Arc;

use crate::base::Addr;
use crate::headless::console::Console;
use crate::headless::reply::Reply;
use crate::model::{AsmSyntax, CodePlace, Failure, FailureKind, Location};

/// Places named when a specification means several.
const CANDIDATES_NAMED: usize = 8;

impl Console {
    pub(crate) fn show_code(
        &mut self,
        spec: Option<&str>,
        range: Option<(Addr, Addr)>,
        syntax: Option<AsmSyntax>,
    ) -> Result<Reply, Failure> {
        let place = match (spec, range) {
            (_, Some((start, end))) => CodePlace::Range(start, end),
            (Some(spec), None) => CodePlace::Spec(Arc::from(spec), self.selected().ok()),
            (None, None) => CodePlace::Frame(self.selected()?),
        };
        let code = self.client.disassemble(place, syntax.unwrap_or_default())?;
        Ok(Reply::Code(code))
    }

    /// Source around what `spec` means.
    pub(crate) fn show_source_at(&mut self, spec: &str) -> Result<Reply, Failure> {
        let frame = self.selected().ok();
        let is_relative = spec.starts_with(['+', '-']);
        if is_relative && let Ok(lines) = spec.parse::<i64>() {
            return self.show_lines_away(lines);
        }
        let found = self.client.locate(Arc::from(spec), frame)?;
        match found.as_slice() {
            [] => Err(Failure::new(
                FailureKind::NotFound,
                format!("{spec:?} is nowhere"),
            )),
            [only] => Ok(Reply::Listing(self.source_around(only)?)),
            [first, rest @ ..] => {
                let same = |other: &Location| (&other.file, other.line) == (&first.file, first.line);
                if rest.iter().all(same) {
                    return Ok(Reply::Listing(self.source_around(first)?));
                }
                Err(ambiguous(spec, &found))
            }
        }
    }

    /// Lines that have no code can be listed as well, so this asks for no address.
    fn show_lines_away(&mut self, lines: i64) -> Result<Reply, Failure> {
        let here = self.selected_location()?;
        let line = here.line.map(|line| i64::from(line).saturating_add(lines));
        let line = line.and_then(|line| u32::try_from(line.max(1)).ok());
        self.show_source(None, line)
    }
}

fn ambiguous(spec: &str, found: &[Location]) -> Failure {
    let named: Vec<String> = found
        .iter()
        .take(CANDIDATES_NAMED)
        .map(|place| {
            place
                .function
                .as_deref()
                .map_or_else(|| place.pc.to_string(), str::to_owned)
        })
        .collect();
    let rest = match found.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Failure::new(
        FailureKind::Usage,
        format!("{spec:?} can mean {}{rest}", named.join(", ")),
    )
}
