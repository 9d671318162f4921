use std::io::Write;

use super::decoder::CALL;
use super::*;
use crate::base::{CancelToken, Limits};

/// Bytes that compress neither well nor badly, with a hole in them.
fn sample() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b"0123456789abcdef"[(state >> 28) as usize]
    };
    let mut bytes: Vec<u8> = (0..3_000_000).map(|_| next()).collect();
    bytes.resize(11 << 20, 0);
    bytes.extend_from_slice(b"end");
    bytes
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    // As systemd has it: blocks of 64 KiB that refer to what came before, and no checksums.
    let info = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Linked);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What the tool of that name makes of `bytes`; `None` where it is not installed.
fn by_tool(tool: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    use std::process::{Command, Stdio};
    let mut child = Command::new(tool)
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

/// A frame of blocks that each say "this byte, 128 KiB times" in four bytes.
fn bomb(blocks: usize, byte: u8) -> Vec<u8> {
    let mut stream = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for block in 0..blocks {
        let last = u32::from(block + 1 == blocks);
        let header = last | (1 << 1) | (131_072 << 3);
        stream.extend(&header.to_le_bytes()[..3]);
        stream.push(byte);
    }
    stream
}

fn unpacked(packed: &[u8], limits: &Limits, cancel: &CancelToken) -> Result<Option<Unpacked>, Failure> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.core.zst");
    std::fs::write(&path, packed).unwrap();
    let file = os::map_file(&path).unwrap();
    let context = OpenContext {
        limits,
        cancel,
        progress: &|_| {},
    };
    let unpacked = unpack(&path, &file, context);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    unpacked
}

fn whole(packed: &[u8]) -> Option<Unpacked> {
    unpacked(packed, &Limits::default(), &CancelToken::new()).unwrap()
}

#[test]
fn every_form_gives_back_what_was_packed() {
    let bytes = sample();
    let two_frames = [zstd(&bytes[..100_000]), zstd(&bytes[100_000..])].concat();
    let skipped_frame = [
        &[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9],
        zstd(&bytes).as_slice(),
    ]
    .concat();
    let two_lz4_frames = [
        &[0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9],
        lz4(&bytes[..100_000]).as_slice(),
        &lz4(&bytes[100_000..]),
    ]
    .concat();
    let two_streams = [xz(&bytes[..100_000]), xz(&bytes[100_000..])].concat();
    for packed in [
        zstd(&bytes),
        gzip(&bytes),
        lz4(&bytes),
        xz(&bytes),
        bzip2(&bytes),
        two_frames,
        skipped_frame,
        two_lz4_frames,
        two_streams,
    ] {
        let unpacked = whole(&packed).unwrap();
        assert!(*unpacked.file.bytes == bytes);
        assert_eq!(unpacked.damage, None);
    }
    assert!(whole(b"\x7fELF and so on").is_none());
    assert!(whole(b"BZh9 is how a text may begin").is_none());
    assert!(whole(b"ab").is_none());
}

#[test]
fn files_of_the_tools_themselves_are_unpacked() {
    let bytes = sample();
    for tool in ["zstd", "gzip", "lz4", "xz", "bzip2"] {
        let Some(packed) = by_tool(tool, &bytes) else {
            continue;
        };
        let unpacked = whole(&packed).unwrap();
        assert!(*unpacked.file.bytes == bytes, "{tool}");
        assert_eq!(unpacked.damage, None, "{tool}");
    }
}

#[test]
fn an_lz4_file_cut_between_two_blocks_is_known_to_be_cut() {
    let bytes = sample();
    let packed = lz4(&bytes);
    let first_block = 7;
    let len = u32::from_le_bytes(packed[first_block..first_block + 4].try_into().unwrap()) & 0x7fff_ffff;
    let cut = &packed[..first_block + 4 + len as usize];
    let unpacked = whole(cut).unwrap();
    assert!(bytes.starts_with(&unpacked.file.bytes) && unpacked.file.bytes.len() == 64 << 10);
    assert!(unpacked.damage.is_some());
}

#[test]
fn a_cut_file_gives_what_was_in_it_and_says_so() {
    let bytes = sample();
    for packed in [zstd(&bytes), gzip(&bytes), lz4(&bytes), xz(&bytes), bzip2(&bytes)] {
        let cut = &packed[..packed.len() / 2];
        let unpacked = whole(cut).unwrap();
        let got = &unpacked.file.bytes;
        assert!(got.len() > 500_000 && bytes.starts_with(got), "{}", got.len());
        let warning = unpacked.damage.unwrap();
        assert_eq!(warning.kind, WarningKind::Truncated);
        let said = &warning.message;
        assert!(
            said.contains(&format!("the {} bytes before", got.len())),
            "{said}"
        );
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let bytes = sample();
    let mut packed = zstd(&bytes);
    let checksum = packed.len() - 2;
    packed[checksum] ^= 0x10;
    let unpacked = whole(&packed).unwrap();
    assert!(unpacked.damage.is_some() && bytes.starts_with(&unpacked.file.bytes));
    assert!(unpacked.file.bytes.len() + CALL >= bytes.len());
}

#[test]
fn what_has_no_contents_is_refused_with_the_reason() {
    for packed in [
        [0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff].as_slice(),
        &[
            0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        &[0x1f, 0x8b, 0xff, 0xff, 0xff, 0xff],
        &[0x04, 0x22, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff],
        b"\xfd7zXZ\0\xff\xff\xff\xff\xff",
        b"BZh91AY&SY\xff\xff\xff",
    ] {
        let failure = unpacked(packed, &Limits::default(), &CancelToken::new()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Format);
        assert!(
            !failure.causes.is_empty() && !failure.hints.is_empty(),
            "{failure}"
        );
    }
}

#[test]
fn a_bomb_of_zeros_takes_no_room() {
    let unpacked = whole(&bomb(8192, 0)).unwrap();
    assert_eq!(unpacked.file.bytes.len(), 1 << 30);
    assert_eq!(unpacked.damage, None);
}

#[test]
fn a_bomb_ends_at_the_budget_and_says_so() {
    let limits = Limits {
        unpacked_core_bytes: 3_000_000,
        ..Limits::default()
    };
    let unpacked = unpacked(&bomb(8192, 1), &limits, &CancelToken::new())
        .unwrap()
        .unwrap();
    assert_eq!(unpacked.file.bytes.len(), 3_000_000);
    let said = unpacked.damage.unwrap().message;
    assert!(said.contains("more than 3000000 bytes"), "{said}");
}

#[test]
fn the_disk_is_not_filled() {
    let directory = tempfile::tempdir().unwrap();
    let mut scratch = ScratchFile::create(directory.path()).unwrap();
    let packed = bomb(8192, 1);
    let mut decoder = Decoder::new(Form::Zstd, &packed).unwrap();
    let budget = Budget {
        bytes: u64::MAX,
        reserve: u64::MAX,
    };
    let context = OpenContext {
        limits: &Limits::default(),
        cancel: &CancelToken::new(),
        progress: &|_| {},
    };
    let failure = inflate(&mut decoder, &mut scratch, budget, context).unwrap_err();
    assert!(failure.to_string().contains("too little room"), "{failure}");
    assert!(scratch.size() <= 2 << 20);
}

#[test]
fn a_cancel_is_heard_and_progress_is_told() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let failure = unpacked(&bomb(100, 0), &Limits::default(), &cancel).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);

    let directory = tempfile::tempdir().unwrap();
    let mut scratch = ScratchFile::create(directory.path()).unwrap();
    let packed = zstd(&sample());
    let mut decoder = Decoder::new(Form::Zstd, &packed).unwrap();
    let budget = Budget {
        bytes: u64::MAX,
        reserve: 0,
    };
    let reports = std::sync::Mutex::new(Vec::new());
    let context = OpenContext {
        limits: &Limits::default(),
        cancel: &CancelToken::new(),
        progress: &|report| reports.lock().unwrap().push(report),
    };
    inflate(&mut decoder, &mut scratch, budget, context).unwrap();
    let reports = reports.into_inner().unwrap();
    assert!(reports.len() > 10);
    assert!(reports.windows(2).all(|pair| pair[0].done <= pair[1].done));
    assert!(
        reports
            .iter()
            .all(|report| report.total == Some(packed.len() as u64))
    );
}

#[test]
fn a_directory_that_cannot_be_used_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let bad = PathBuf::from("/proc/nowhere");
    let scratch = choose(&[bad.clone(), directory.path().to_owned()], 1000).unwrap();
    assert_eq!(scratch.directory(), directory.path());
    let failure = choose(&[bad], 1000).unwrap_err();
    assert!(failure.causes[0].contains("/proc/nowhere"), "{failure}");
    // None has so much room: the best is tried.
    assert!(choose(&[directory.path().to_owned()], u64::MAX).is_ok());
}
