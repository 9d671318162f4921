//! Images, memory map, environment, facts of the process.

use std::io;

use crate::headless::page::{Page, count};
use crate::headless::reply::InfoReply;
use crate::model::{DebugInfoKind, ImageInfo, MemoryRegion, Role, Verified};

pub(super) fn write_images(page: &mut Page<'_>, images: &[ImageInfo]) -> io::Result<()> {
    for image in images {
        let verified = match image.verified {
            Verified::Yes => "the right file",
            Verified::No => "NOT the right file",
            Verified::Unknown => "not verified",
        };
        let names = match image.debug_info {
            DebugInfoKind::Dwarf => "debug information",
            DebugInfoKind::Pclntab => "Go's function table",
            DebugInfoKind::Symtab => "symbol table",
            DebugInfoKind::None => "no names",
        };
        let base = page.show(Role::Address, &format!("{:>14}", image.base.to_string()));
        let path = page.show(Role::Plain, &image.path);
        page.line(format_args!("{base}  {path}  ({verified}, {names})"))?;
        let from = page.show(Role::Dim, &image.from);
        let id = page.show(Role::Dim, image.build_id.as_deref().unwrap_or("none"));
        page.line(format_args!("{:14}  build id {id}, bytes from {from}", ""))?;
        if let Some(file) = &image.debug_file {
            let proof = image.debug_proof.as_deref().unwrap_or("not verified");
            let file = page.show(Role::Dim, file);
            page.line(format_args!("{:14}  names from {file} ({proof})", ""))?;
        }
        for refused in &image.debug_refused {
            let refused = page.show(Role::Dim, refused);
            page.line(format_args!("{:14}  not used: {refused}", ""))?;
        }
    }
    page.line(format_args!("[{}]", count(images.len(), "image")))
}

pub(super) fn write_memory_map(page: &mut Page<'_>, regions: &[MemoryRegion]) -> io::Result<()> {
    for region in regions {
        let range = format!("{:>14}-{:<14}", region.start.to_string(), region.end.to_string());
        let bytes = region.end.0.saturating_sub(region.start.0);
        let mut text = format!(
            "{} {} {:>10} {}",
            page.show(Role::Address, &range),
            page.show(Role::Plain, &region.permissions),
            size(bytes),
            page.show(Role::Plain, &region.bytes_from)
        );
        if region.in_core > 0 && region.in_core < bytes {
            text.push_str(&format!(" ({} in the core)", size(region.in_core)));
        }
        if let Some(file) = &region.file {
            text.push_str(&format!("  {}", page.show(Role::Plain, file)));
            if let Some(offset) = region.file_offset {
                text.push_str(&format!("+{offset:#x}"));
            }
        }
        page.line(text)?;
    }
    page.line(format_args!("[{}]", count(regions.len(), "mapping")))
}

/// A size in the largest unit that leaves at least one, to one decimal.
pub(in crate::headless) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        rest => format!("{}.{rest} {name}", tenths / 10),
    }
}

pub(super) fn write_environment(page: &mut Page<'_>, env: &[String]) -> io::Result<()> {
    for entry in env {
        let entry = page.show(Role::Plain, entry);
        page.line(entry)?;
    }
    if env.is_empty() {
        page.line("(the environment is not in this core)")?;
    }
    Ok(())
}

pub(super) fn write_info(page: &mut Page<'_>, info: &InfoReply) -> io::Result<()> {
    let (session, process) = (&info.session, &info.process);
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let args = (!process.args.is_empty()).then(|| process.args.join(" "));
    let core_bytes = process.core_bytes.map(|(present, promised)| {
        if present < promised {
            format!("{present} of {promised} bytes: the core is cut")
        } else {
            format!("{present} bytes")
        }
    });
    let facts: [(&str, Option<String>); 16] = [
        ("executable", session.exe.clone()),
        ("core", session.core.clone()),
        ("core size", core_bytes),
        ("written by", process.core_writer.clone()),
        ("taken", process.captured.clone()),
        ("machine", Some(session.machine.clone())),
        ("pid", number(process.pid)),
        ("parent pid", number(process.ppid)),
        ("uid", number(process.uid)),
        ("gid", number(process.gid)),
        ("command", process.comm.clone()),
        ("arguments", args),
        ("Go version", process.go_version.clone()),
        ("main package", process.main_path.clone()),
        ("build id", session.build_id.clone()),
        (
            "variables",
            (!session.has_debug_info).then(|| "none: the executable has no debug information".to_owned()),
        ),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            write_fact(page, name, &value)?;
        }
    }
    for module in &process.modules {
        write_fact(page, "module", module)?;
    }
    for (key, value) in &process.build_settings {
        write_fact(page, "built with", &format!("{key}={value}"))?;
    }
    for warning in &session.warnings {
        super::write_warning(page, warning)?;
    }
    Ok(())
}

fn write_fact(page: &mut Page<'_>, name: &str, value: &str) -> io::Result<()> {
    let name = page.show(Role::Dim, &format!("{name:>12}"));
    let value = page.show(Role::Plain, value);
    page.line(format_args!("{name}  {value}"))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(4096), "4 KiB");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(41_844_736), "39.9 MiB");
        assert_eq!(size(u64::MAX), "16383.9 PiB");
    }
}
