//! The command table as help.

use std::io;

use crate::engine::commands::CommandFamily;
use crate::headless::page::Page;
use crate::headless::reply::{HelpReply, HelpRow};
use crate::model::Role;

pub(super) fn write(page: &mut Page<'_>, reply: &HelpReply) -> io::Result<()> {
    match reply.commands.as_slice() {
        [one] => write_command(page, one),
        all => write_table(page, all),
    }
}

fn write_command(page: &mut Page<'_>, row: &HelpRow) -> io::Result<()> {
    let usage = page.show(Role::Function, row.usage);
    page.line(&usage)?;
    page.line(format_args!("    {}", row.summary))?;
    if !row.aliases.is_empty() {
        page.line(format_args!("    also: {}", row.aliases.join(", ")))?;
    }
    for line in row.details.lines() {
        page.line(format_args!("    {line}").to_string().trim_end())?;
    }
    Ok(())
}

fn write_table(page: &mut Page<'_>, rows: &[HelpRow]) -> io::Result<()> {
    let names = |row: &HelpRow| {
        let mut text = row.name.to_owned();
        if !row.aliases.is_empty() {
            text.push_str(&format!(" ({})", row.aliases.join(", ")));
        }
        text
    };
    let width = rows.iter().map(|row| names(row).len()).max().unwrap_or(0);
    let mut family: Option<CommandFamily> = None;
    for row in rows {
        if family != Some(row.spec.family) {
            if family.is_some() {
                page.line("")?;
            }
            let title = page.show(Role::Function, row.spec.family.title());
            page.line(format_args!("{title}:"))?;
            family = Some(row.spec.family);
        }
        page.line(format_args!("    {:width$}  {}", names(row), row.summary))?;
    }
    page.line("\n`help COMMAND` explains one. The beginning of a name is enough where it is clear.")
}
