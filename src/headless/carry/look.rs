//! `ptype`, `examinemem`, `defers`.

use std::sync::Arc;

use crate::base::Addr;
use crate::engine::commands::{ExamineQuery, MemoryFormat};
use crate::headless::console::Console;
use crate::headless::reply::{MemoryReply, Reply};
use crate::model::{Failure, MemoryPage, Pointed};

/// Bytes shown when no count is given.
const USUAL_BYTES: u64 = 128;

impl Console {
    pub(crate) fn show_type(&mut self, expression: &str) -> Result<Reply, Failure> {
        // Types can be asked for also where no frame can be selected.
        let frame = self.selected().ok();
        let layout = self.client.type_layout(Arc::from(expression), frame)?;
        Ok(Reply::TypeLayout(Box::new(layout)))
    }

    pub(crate) fn show_memory(&mut self, query: &ExamineQuery) -> Result<Reply, Failure> {
        let pointed = self.point(&query.place)?;
        let size = u64::from(query.size);
        let len = query
            .count
            .map_or(USUAL_BYTES, |count| count.saturating_mul(size));
        let overlay = pointed.reference.filter(|_| query.format == MemoryFormat::Typed);
        let page = self.client.memory(pointed.addr, len, overlay)?;
        Ok(Reply::Memory(MemoryReply {
            more: len.saturating_sub(shown(&page)),
            page,
            format: query.format,
            size: query.size,
        }))
    }

    /// Where `place` is: a number by itself, or what an expression points to.
    fn point(&mut self, place: &str) -> Result<Pointed, Failure> {
        if let Some(addr) = Addr::parse(place) {
            return Ok(Pointed {
                addr,
                reference: None,
            });
        }
        let frame = self.selected().ok();
        self.client.point(Arc::from(place), frame)
    }

    pub(crate) fn show_defers(&mut self) -> Result<Reply, Failure> {
        let subject = self.selected()?.subject;
        let defers = self.client.defers(subject)?;
        Ok(Reply::Defers { defers })
    }
}

fn shown(page: &MemoryPage) -> u64 {
    page.parts.iter().map(|part| part.len).sum()
}
