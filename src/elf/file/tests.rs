//! Against `object`'s own high-level reader, on the test program itself, and on damaged copies.

use object::{Object, ObjectSection, ObjectSymbol};

use super::super::synth::executable;
use super::*;

fn own_program() -> Vec<u8> {
    std::fs::read(std::env::current_exe().unwrap()).unwrap()
}

fn parse(bytes: Vec<u8>) -> Result<ElfFile, ElfError> {
    ElfFile::parse(SharedBytes::new(bytes), &Limits::default())
}

#[test]
fn sections_symbols_and_ids_agree_with_another_reader() {
    let bytes = own_program();
    let theirs = object::File::parse(&*bytes).unwrap();
    let ours = parse(bytes.clone()).unwrap();
    assert_eq!(ours.entry().0, theirs.entry());
    let sections: Vec<_> = theirs
        .sections()
        .map(|section| (section.name().unwrap().to_owned(), section.address()))
        .collect();
    let own: Vec<_> = ours
        .sections()
        .iter()
        .skip(1)
        .map(|section| (section.name.clone(), section.addr.0))
        .collect();
    assert_eq!(own, sections);
    for name in [".text", ".eh_frame", ".shstrtab"] {
        let data = theirs.section_by_name(name).unwrap().uncompressed_data().unwrap();
        assert_eq!(
            ours.section_data(name, &Limits::default()).unwrap().unwrap(),
            data
        );
    }
    assert_eq!(
        ours.gnu_build_id().map(|id| id.0),
        theirs.build_id().unwrap().map(<[u8]>::to_vec)
    );
    let functions = theirs
        .symbols()
        .filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.is_definition())
        .filter(|symbol| !symbol.name().unwrap().is_empty())
        .map(|symbol| (symbol.name().unwrap().to_owned(), symbol.address(), symbol.size()))
        .collect::<Vec<_>>();
    let own = ours.symbols();
    let own: Vec<_> = own
        .iter()
        .filter(|symbol| symbol.is_function)
        .map(|symbol| (symbol.name.clone(), symbol.addr.0, symbol.size))
        .collect();
    assert!(functions.len() > 1000);
    assert_eq!(own, functions);
}

#[test]
fn loaded_bytes_come_from_the_segment_that_covers_all_of_them() {
    let file = parse(executable(0x40_0000, 1)).unwrap();
    assert_eq!(file.kind(), ElfKind::Executable);
    assert_eq!(file.loaded_bytes(ImageAddr(0x40_1ffe), 2), Some(&b"TT"[..]));
    assert_eq!(file.loaded_bytes(ImageAddr(0x40_1ffe), 3), None);
    assert_eq!(file.loaded_bytes(ImageAddr(0x40_37ff), 1), Some(&b"W"[..]));
    assert_eq!(file.loaded_bytes(ImageAddr(0x40_3800), 1), None);
    assert_eq!(file.loaded_bytes(ImageAddr(0x30_0000), 1), None);
    assert_eq!(file.program_headers_addr(), Some(ImageAddr(0x40_0040)));
    assert_eq!(file.gnu_build_id().unwrap().to_string(), "01".repeat(20));
}

/// A section header table with one compressed section behind the executable.
fn with_compressed_section(ch_size: u64, packed: &[u8], kind: u32) -> Vec<u8> {
    let mut file = executable(0x40_0000, 1);
    let names_at = file.len() as u64;
    file.extend(b"\0.debug_info\0.shstrtab\0");
    let data_at = file.len() as u64;
    file.extend(kind.to_le_bytes());
    file.extend([0; 4]);
    file.extend(ch_size.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    file.extend(packed);
    let data_len = file.len() as u64 - data_at;
    let table_at = file.len() as u64;
    let mut row = |name: u32, kind: u32, flags: u64, offset: u64, size: u64| {
        file.extend(name.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for word in [flags, 0, offset, size, 0, 1, 0] {
            file.extend(word.to_le_bytes());
        }
    };
    row(0, 0, 0, 0, 0);
    row(1, 1, 0x800, data_at, data_len);
    row(13, 3, 0, names_at, 23);
    file[40..48].copy_from_slice(&table_at.to_le_bytes());
    file[60..62].copy_from_slice(&3_u16.to_le_bytes());
    file[62..64].copy_from_slice(&2_u16.to_le_bytes());
    file
}

/// `hello` forty times, by zlib.
const ZLIB: [u8; 16] = [
    0x78, 0xda, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xcf, 0x18, 0xfa, 0x04, 0x00, 0xa1, 0x70, 0x53, 0x21,
];

#[test]
fn compressed_sections_are_unpacked() {
    let file = parse(with_compressed_section(200, &ZLIB, 1)).unwrap();
    assert!(file.section(".debug_info").unwrap().compressed);
    let data = file
        .section_data(".debug_info", &Limits::default())
        .unwrap()
        .unwrap();
    assert_eq!(*data, *b"hello".repeat(40));
}

#[test]
fn sizes_that_the_packed_bytes_cannot_hold_are_refused_before_allocation() {
    for (size, kind) in [(1 << 60, 1), (u64::MAX, 2), (20_000, 1), (5 << 30, 2)] {
        let file = parse(with_compressed_section(size, &ZLIB, kind)).unwrap();
        let error = file
            .section_data(".debug_info", &Limits::default())
            .unwrap()
            .unwrap_err();
        assert!(error.to_string().contains("claim to unpack"), "{error}");
    }
    let limits = Limits {
        unpacked_bytes: 100,
        ..Limits::default()
    };
    let file = parse(with_compressed_section(200, &ZLIB, 1)).unwrap();
    let error = file.section_data(".debug_info", &limits).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "section .debug_info: unpacks to 200 bytes; at most 100 are unpacked"
    );
}

/// Everything that a reader can ask of a file, on files with flipped bytes: nothing may panic.
#[test]
fn flipped_bytes_never_panic() {
    let whole = with_compressed_section(200, &ZLIB, 1);
    let limits = Limits::default();
    let interesting = (0..64 + 6 * 56 + 64).chain(whole.len() - 300..whole.len());
    for at in interesting {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let Ok(file) = parse(bytes) else { continue };
            let names: Vec<_> = file
                .sections()
                .iter()
                .map(|section| section.name.clone())
                .collect();
            for name in names {
                let _ = file.section_data(&name, &limits);
            }
            let _ = (
                file.symbols(),
                file.gnu_build_id(),
                file.go_build_id(),
                file.tls(),
            );
            let _ = (
                file.program_headers_addr(),
                file.loaded_bytes(ImageAddr(0x40_1000), 4096),
            );
        }
    }
    for len in 0..whole.len() {
        if let Ok(file) = parse(whole[..len].to_vec()) {
            let _ = (file.sections(), file.symbols(), file.gnu_build_id());
        }
    }
}
