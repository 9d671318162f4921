//! Rows of the goroutine list as JSON, many of them and fast.
//!
//! A row is what [`Goroutine`] and [`Frame`] are by themselves, field by field; but a place that
//! thousands of rows share is turned into JSON once, and the frames of a shared stack are written
//! with the addresses of the stack at hand without being copied before.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::once::Once;
use super::reply::{RowRef, Rows};
use crate::base::{Addr, GoId, Tid, in_order};
use crate::model::{BlockedOn, Frame, FrameTrust, GoStatus, Goroutine, Location, SharedStack, StackEnd};

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        let mut places = Places::default();
        for row in self.iter() {
            list.serialize_element(&places.row(row))?;
        }
        list.end()
    }
}

/// Rows made at once by one thread: what they take fits a core's cache.
const PART: usize = 256;

impl Rows {
    /// Writes the rows as the elements of a JSON array, without its brackets.
    ///
    /// # Errors
    /// Those of the output.
    pub(super) fn write_json<'a>(&'a self, out: &mut dyn Write) -> io::Result<()> {
        let make = |places: &mut Places<'a>, part: usize, json: &mut Vec<u8>| {
            json.clear();
            let first = part * PART;
            for (at, row) in (first..).zip(self.part(first..self.len().min(first + PART))) {
                if at > 0 {
                    json.push(b',');
                }
                // Writing into memory does not fail, and nothing in a row refuses to be JSON.
                let _ = serde_json::to_writer(&mut *json, &places.row(row));
            }
        };
        let parts = self.len().div_ceil(PART);
        in_order(parts, Places::default, make, |json: &Vec<u8>| out.write_all(json))
    }
}

/// Places as JSON; `None` would be one that cannot be written as JSON, which there is not.
#[derive(Default)]
struct Places<'a>(Once<'a, Location, Option<Rc<RawValue>>>);

/// The fields of a goroutine in their order, and its stack.
#[derive(Serialize)]
struct Row<'a> {
    id: GoId,
    addr: Addr,
    status: GoStatus,
    wait_reason: Option<&'a str>,
    wait_since_ns: Option<u64>,
    thread: Option<Tid>,
    current: bool,
    system: bool,
    current_loc: Option<Rc<RawValue>>,
    user_loc: Option<Rc<RawValue>>,
    go_loc: Option<Rc<RawValue>>,
    start_loc: Option<Rc<RawValue>>,
    parent: Option<GoId>,
    labels: &'a BTreeMap<String, String>,
    blocked_on: Option<&'a BlockedOn>,
    locked: bool,
    damaged: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<Stack<'a>>,
}

#[derive(Serialize)]
struct Stack<'a> {
    goroutine: GoId,
    thread: Option<Tid>,
    frames: Frames<'a>,
    depth: usize,
    end: &'a StackEnd,
}

struct Frames<'a>(&'a SharedStack);

/// The fields of a frame in their order.
#[derive(Serialize)]
struct FrameRow<'a> {
    index: usize,
    pc: Addr,
    function: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    inlined: bool,
    cfa: Option<Addr>,
    sp: Option<Addr>,
    trust: FrameTrust,
    image: Option<&'a str>,
    entry: Option<Addr>,
    runtime: bool,
    interrupted: bool,
}

impl<'a> Places<'a> {
    fn json(&mut self, place: &'a Arc<Location>) -> Option<Rc<RawValue>> {
        let made = self.0.of(place, |place| Some(to_raw_value(place).ok()?.into()));
        made.clone()
    }

    fn row(&mut self, row: RowRef<'a>) -> Row<'a> {
        // Whole, so that a new field is not forgotten here.
        let Goroutine {
            id,
            addr,
            status,
            wait_reason,
            wait_since_ns,
            thread,
            current,
            system,
            current_loc,
            user_loc,
            go_loc,
            start_loc,
            parent,
            labels,
            blocked_on,
            locked,
            damaged,
        } = row.goroutine;
        Row {
            id: *id,
            addr: *addr,
            status: *status,
            wait_reason: wait_reason.as_deref(),
            wait_since_ns: *wait_since_ns,
            thread: *thread,
            current: *current,
            system: *system,
            current_loc: self.json(current_loc),
            user_loc: self.json(user_loc),
            go_loc: self.json(go_loc),
            start_loc: self.json(start_loc),
            parent: *parent,
            labels,
            blocked_on: blocked_on.as_ref(),
            locked: *locked,
            damaged: damaged.as_deref(),
            stack: row.stack.map(|stack| Stack {
                goroutine: stack.goroutine,
                thread: stack.thread,
                frames: Frames(stack),
                depth: stack.shape.depth,
                end: &stack.shape.end,
            }),
        }
    }
}

impl Serialize for Frames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(stack) = self;
        serializer.collect_seq(stack.shape.frames.iter().map(|frame| frame_row(stack, frame)))
    }
}

fn frame_row<'a>(stack: &SharedStack, frame: &'a Frame) -> FrameRow<'a> {
    let Frame {
        index,
        location:
            Location {
                pc,
                function,
                file,
                line,
            },
        inlined,
        cfa,
        sp,
        trust,
        image,
        entry,
        runtime,
        interrupted,
    } = frame;
    FrameRow {
        index: *index,
        pc: *pc,
        function: function.as_deref(),
        file: file.as_deref(),
        line: *line,
        inlined: *inlined,
        cfa: cfa.map(|cfa| stack.shifted(cfa)),
        sp: sp.map(|sp| stack.shifted(sp)),
        trust: *trust,
        image: image.as_deref(),
        entry: *entry,
        runtime: *runtime,
        interrupted: *interrupted,
    }
}
