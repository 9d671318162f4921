//! Which reply is written by whom.

use std::io;

use super::{code, goroutines, help, live, memory, process, report, source, stack, types, variables};
use crate::headless::page::Page;
use crate::headless::reply::Reply;

/// Writes one reply.
///
/// # Errors
/// Those of the output.
pub fn write_reply(page: &mut Page<'_>, reply: &Reply) -> io::Result<()> {
    match reply {
        Reply::Report(report) => report::write(page, report),
        Reply::Goroutines(list) => goroutines::write_list(page, list),
        Reply::Groups(groups) => goroutines::write_groups(page, groups),
        Reply::Goroutine(reply) => goroutines::write_one(page, reply),
        Reply::Threads { threads } => goroutines::write_threads(page, threads),
        Reply::Thread(reply) => goroutines::write_thread(page, reply),
        Reply::Stack(stack) => stack::write(page, stack),
        Reply::Frame(frame) => stack::write_frame(page, frame),
        Reply::Variables(variables) => variables::write(page, variables),
        Reply::Value(value) => variables::write_value(page, value),
        Reply::Whole(whole) => variables::write_whole(page, whole),
        Reply::Type(reply) => variables::write_type(page, reply),
        Reply::Registers(registers) => variables::write_registers(page, registers),
        Reply::Listing(listing) => source::write(page, listing),
        Reply::Sources { sources } => source::write_names(page, sources, "file"),
        Reply::TypeLayout(layout) => types::write(page, layout),
        Reply::Memory(reply) => memory::write(page, reply),
        Reply::Defers { defers } => code::write_defers(page, defers),
        Reply::Code(code) => code::write(page, code),
        Reply::Types { types } => source::write_names(page, types, "type"),
        Reply::Functions { functions } => source::write_names(page, functions, "function"),
        Reply::Packages { packages } => source::write_names(page, packages, "package"),
        Reply::Images { images } => process::write_images(page, images),
        Reply::MemoryMap { regions } => process::write_memory_map(page, regions),
        Reply::Environment { env } => process::write_environment(page, env),
        Reply::Live { live } => live::write_state(page, live.as_ref()),
        Reply::Dumped(summary) => live::write_summary(page, summary),
        Reply::Info(info) => process::write_info(page, info),
        Reply::Help(table) => help::write(page, table),
        Reply::Quit => Ok(()),
    }
}
