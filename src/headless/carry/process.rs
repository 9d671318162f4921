//! `images`, `memmap`, `env`, `info`, `help`.

use crate::engine::commands::{COMMANDS, CommandSpec, find};
use crate::headless::console::Console;
use crate::headless::reply::{HelpReply, HelpRow, InfoReply, Reply};
use crate::model::Failure;

impl Console {
    pub(crate) fn show_images(&mut self) -> Result<Reply, Failure> {
        Ok(Reply::Images {
            images: self.client.images()?,
        })
    }

    pub(crate) fn show_memory_map(&mut self) -> Result<Reply, Failure> {
        Ok(Reply::MemoryMap {
            regions: self.client.memory_map()?,
        })
    }

    pub(crate) fn show_environment(&mut self) -> Result<Reply, Failure> {
        Ok(Reply::Environment {
            env: self.client.process()?.env,
        })
    }

    pub(crate) fn show_info(&mut self) -> Result<Reply, Failure> {
        Ok(Reply::Info(Box::new(InfoReply {
            session: self.info.clone(),
            process: self.client.process()?,
        })))
    }
}

/// The command table, or one row of it.
pub(crate) fn help(name: Option<&str>) -> Result<Reply, Failure> {
    let row = |spec: &'static CommandSpec| HelpRow {
        name: spec.name,
        aliases: spec.aliases,
        usage: spec.usage,
        summary: spec.summary,
        details: spec.details,
        spec,
    };
    let commands = match name {
        Some(name) => vec![row(find(name)?)],
        None => COMMANDS.iter().map(row).collect(),
    };
    Ok(Reply::Help(HelpReply { commands }))
}
