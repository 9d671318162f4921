//! What the private note of a dump says of the process: the files of `/proc` that no core holds.

use super::clock::Utc;
use crate::elf::Provenance;
use crate::model::{DumpContent, DumpMethod};
use crate::os::ProcDir;

/// Longest part of one file that is kept; 65,536 mappings take about 6 MB.
const MOST_BYTES: usize = 8 << 20;
/// Open files that are listed.
const MOST_FILES: usize = 10_000;

/// All that is known before memory is copied.
pub(super) fn gather(process: &ProcDir, method: DumpMethod, content: DumpContent) -> Provenance {
    let mut files: Vec<(String, Vec<u8>)> = ["status", "limits", "cgroup", "maps"]
        .iter()
        .filter_map(|name| {
            let mut text = process.read(name).ok()?;
            text.truncate(MOST_BYTES);
            Some(((*name).to_owned(), text))
        })
        .collect();
    files.extend(open_files(process).map(|text| ("fd".to_owned(), text)));
    Provenance {
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        time: Utc::now().standard(),
        method: match method {
            DumpMethod::Snapshot => "snapshot".to_owned(),
            DumpMethod::Stop | DumpMethod::Auto => "stop".to_owned(),
        },
        content: match content {
            DumpContent::Default => "default".to_owned(),
            DumpContent::Full => "full".to_owned(),
            DumpContent::Thin => "thin".to_owned(),
        },
        files,
        ..Provenance::default()
    }
}

/// `3 -> socket:[12345]`, one line for each descriptor.
fn open_files(process: &ProcDir) -> Option<Vec<u8>> {
    let mut numbers: Vec<u32> = std::fs::read_dir(process.path().join("fd"))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .take(MOST_FILES)
        .collect();
    numbers.sort_unstable();
    let mut text = Vec::new();
    for number in numbers {
        let Ok(target) = std::fs::read_link(process.path().join("fd").join(number.to_string())) else {
            continue;
        };
        text.extend(format!("{number} -> ").into_bytes());
        text.extend_from_slice(target.as_os_str().as_encoded_bytes());
        text.push(b'\n');
    }
    Some(text)
}
