//! Cores of every shape, whole and damaged.

use std::time::{Duration, Instant};

use super::super::synth::{CoreBuilder, R, RW, prstatus, words};
use super::super::{CoreProblem, ThreadRegisters};
use super::*;
use crate::base::Tid;

fn parse(bytes: &[u8]) -> CoreFile {
    try_parse(bytes).unwrap()
}

fn try_parse(bytes: &[u8]) -> Result<CoreFile, ElfError> {
    CoreFile::parse(
        SharedBytes::new(bytes.to_vec()),
        &Limits::default(),
        &CancelToken::new(),
    )
}

fn tids(core: &CoreFile) -> Vec<u32> {
    core.notes().threads.iter().map(|thread| thread.tid().0).collect()
}

/// Three threads with all that a kernel writes about them.
fn kernel_like() -> CoreBuilder {
    CoreBuilder::new()
        .thread(11, 0x40_1000, 0x7ff0)
        .process(10, "prog", "./prog one ")
        .note(b"CORE\0", 0x5349_4749, &siginfo(6, -6, 10))
        .auxv(&[(3, 0x40_0040), (9, 0x40_1010), (25, 0x7fff)])
        .files(
            4096,
            &[
                (0x40_0000, 0x40_1000, 0, "/bin/prog"),
                (0x40_1000, 0x40_2000, 1, "/bin/prog"),
            ],
        )
        .note(b"CORE\0", 2, &[7; 512])
        .thread(10, 0x40_1001, 0x8ff0)
        .thread(12, 0x40_1002, 0x9ff0)
        .load(0x40_0000, &[1; 4096], 4096, R)
        .load(0x40_1000, &[], 4096, R)
        .load(0x60_0000, &[2; 8192], 8192, RW)
}

fn siginfo(signo: i32, code: i32, pid: i32) -> Vec<u8> {
    let mut desc = vec![0; 128];
    for (at, value) in [(0, signo), (8, code), (16, pid)] {
        desc[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    desc
}

#[test]
fn a_kernel_core_is_read_whole() {
    let core = parse(&kernel_like().build());
    assert_eq!(core.problems(), []);
    assert_eq!(core.writer(), CoreWriter::Kernel);
    assert_eq!(tids(&core), [11, 10, 12]);
    let notes = core.notes();
    assert_eq!(
        notes.threads[0].signal.map(|signal| (signal.signo, signal.code)),
        Some((6, -6))
    );
    assert_eq!(
        notes.threads[0].vectors.as_ref().map(|vectors| vectors.mxcsr),
        Some(0x0707_0707)
    );
    assert_eq!(notes.threads[1].signal, None);
    assert_eq!(
        notes.process.as_ref().map(|process| process.args.clone()),
        Some(b"./prog one".to_vec())
    );
    assert_eq!(notes.aux(9), Some(0x40_1010));
    assert_eq!(notes.files.mappings[1].offset, 4096);
    let sizes: Vec<_> = core
        .segments()
        .iter()
        .map(|segment| (segment.present, segment.file_size))
        .collect();
    assert_eq!(sizes, [(4096, 4096), (0, 0), (8192, 8192)]);
}

#[test]
fn headers_at_the_end_and_unaligned_data_change_nothing() {
    let mut builder = kernel_like();
    builder.table_at_end = true;
    builder.notes_last = true;
    builder.align = 0;
    let core = parse(&builder.build());
    assert_eq!(core.problems(), []);
    assert_eq!(tids(&core), [11, 10, 12]);
    assert_eq!(core.contents(&core.segments()[2]), [2; 8192]);
}

#[test]
fn offsets_of_gcore_count_bytes() {
    let core = parse(
        &CoreBuilder::new()
            .files(1, &[(0x1000, 0x2000, 0x3000, "/lib/x")])
            .build(),
    );
    assert_eq!(core.notes().files.mappings[0].offset, 0x3000);
}

#[test]
fn notes_of_several_segments_and_owners_without_nul_are_joined() {
    let header = b"linux/amd64\nVersion: 1.27.2\nTarget Pid: 77\n";
    let core = parse(
        &CoreBuilder::new()
            .note(b"Delve Header", 0x444c_5645, header)
            .note(b"", 1, &prstatus(5, 1, 2))
            .note(b"STRANGE\0", 99, &[1, 2, 3])
            .note(b"", 1, &prstatus(6, 3, 4))
            .build(),
    );
    assert_eq!(core.problems(), []);
    assert_eq!(core.writer(), CoreWriter::Delve);
    assert_eq!(tids(&core), [5, 6]);
    assert!(
        core.notes()
            .delve_header
            .as_ref()
            .unwrap()
            .contains("Target Pid: 77")
    );
}

#[test]
fn delves_own_thread_form_is_used_when_there_is_no_other() {
    let mut desc = words([9, 0x1000, 0x2000, 0x3000, 0x4000]);
    desc.push(1);
    desc.extend(words([0xc000]));
    desc.extend(2_u32.to_le_bytes());
    for (name, value) in [("Rax", 42_u64), ("Rip", 0x1000)] {
        desc.extend((name.len() as u16).to_le_bytes());
        desc.extend(name.as_bytes());
        desc.extend(8_u16.to_le_bytes());
        desc.extend(value.to_le_bytes());
    }
    let delve = |builder: CoreBuilder| builder.note(b"", 0x444c_5654, &desc);
    let core = parse(&delve(CoreBuilder::new()).build());
    let ThreadRegisters::Delve(thread) = &core.notes().threads[0].registers else {
        panic!("{:?}", core.notes());
    };
    assert_eq!(
        (thread.tid, thread.pc, thread.g),
        (Tid(9), 0x1000, Some(Addr(0xc000)))
    );
    assert_eq!(thread.registers[0].value, 42_u64.to_le_bytes());
    let both = parse(&delve(CoreBuilder::new().thread(1, 2, 3)).build());
    assert_eq!(tids(&both), [1]);
}

#[test]
fn a_wild_note_size_costs_one_note_and_is_told() {
    for wild in [0_u32, 1, 100, 0x1_0000, 0x7fff_fff0, u32::MAX] {
        let mut bytes = kernel_like().build();
        // The second thread's descsz: the second PRSTATUS header of the file.
        let prstatus_header = [5_u32, 336, 1].map(u32::to_le_bytes).concat();
        let found = bytes
            .windows(12)
            .enumerate()
            .filter(|(_, window)| *window == prstatus_header)
            .map(|(at, _)| at)
            .nth(1)
            .unwrap();
        bytes[found + 4..found + 8].copy_from_slice(&wild.to_le_bytes());
        let core = parse(&bytes);
        assert_eq!(tids(&core), [11, 12], "descsz {wild:#x}");
        assert_eq!(core.notes().files.mappings.len(), 2);
        assert!(
            matches!(core.problems(), [CoreProblem::NotesSkipped { .. }]),
            "{:?}",
            core.problems()
        );
    }
}

#[test]
fn garbage_between_notes_is_passed_over() {
    let core = parse(
        &CoreBuilder::new()
            .thread(1, 2, 3)
            .raw_notes(&[0xff; 40])
            .thread(2, 2, 3)
            .raw_notes(&[0; 64])
            .thread(3, 2, 3)
            .build(),
    );
    assert_eq!(tids(&core), [1, 2, 3]);
    assert_eq!(core.problems(), [CoreProblem::NotesSkipped { bytes: 104 }]);
}

#[test]
fn a_wild_file_count_loses_the_list_and_nothing_else() {
    let mut desc = words([u64::MAX, 4096, 0x1000, 0x2000, 0]);
    desc.extend(b"/bin/x\0");
    let core = parse(
        &CoreBuilder::new()
            .thread(1, 2, 3)
            .note(b"CORE\0", 0x4649_4c45, &desc)
            .build(),
    );
    assert_eq!(tids(&core), [1]);
    assert_eq!(core.notes().files.mappings, []);
    assert_eq!(core.problems(), [CoreProblem::FilesLost { count: u64::MAX }]);
}

#[test]
fn a_core_cut_at_any_byte_keeps_what_is_there() {
    let whole = kernel_like().build();
    let (_, promised) = parse(&whole).size();
    assert_eq!(promised, whole.len() as u64);
    for len in 0..whole.len() {
        let Ok(core) = try_parse(&whole[..len]) else {
            assert!(len < 64, "refused at {len}");
            continue;
        };
        assert!(core.size().0 < core.size().1, "cut at {len}: not noticed");
        for segment in core.segments() {
            let expected = &whole[segment.file_offset as usize..][..segment.present as usize];
            assert_eq!(core.contents(segment), expected);
        }
    }
    // All notes are whole here; only memory is missing.
    let core = parse(&whole[..whole.len() - 5000]);
    assert_eq!(tids(&core), [11, 10, 12]);
    assert_eq!(core.incomplete_segments().count(), 1);
}

#[test]
fn without_notes_memory_is_still_there() {
    let core = parse(&CoreBuilder::new().load(0x1000, b"abcd", 4, R).build());
    assert_eq!(core.problems(), [CoreProblem::NoNotes]);
    assert_eq!(core.contents(&core.segments()[0]), b"abcd");
}

#[test]
fn overlapping_and_impossible_segments_are_told() {
    let builder = CoreBuilder::new()
        .thread(1, 2, 3)
        .load(0x1000, &[1; 0x20], 0x1000, R)
        .load(0x1010, &[2; 0x20], 0x20, R);
    let core = parse(&builder.build());
    let overlap = CoreProblem::Overlap {
        count: 1,
        first: Addr(0x1010),
    };
    assert_eq!(core.problems(), [overlap]);

    let mut bytes = builder.build();
    let second_offset = 64 + 2 * 56 + 8;
    bytes[second_offset..second_offset + 8].copy_from_slice(&(1_u64 << 63).to_le_bytes());
    let core = parse(&bytes);
    assert!(core.problems().contains(&CoreProblem::WildSegment { index: 2 }));
    assert_eq!(core.segments()[1].present, 0);
    assert_eq!(core.size().1, bytes.len() as u64);
}

#[test]
fn a_thread_recorded_many_times_is_shown_once() {
    let builder = (0..50).fold(CoreBuilder::new().thread(7, 0xaa, 0), |builder, at| {
        builder.thread(7, at, 0)
    });
    let core = parse(&builder.build());
    assert_eq!(tids(&core), [7]);
    let problem = CoreProblem::DuplicateThreads {
        threads: 1,
        tid: Tid(7),
        times: 51,
    };
    assert_eq!(core.problems(), [problem]);
    let ThreadRegisters::Status(status) = &core.notes().threads[0].registers else {
        panic!()
    };
    assert_eq!(status.regs[16], 0xaa);
}

#[test]
fn seventy_thousand_segments_are_counted_by_the_section_header() {
    let mut builder = CoreBuilder::new().thread(1, 2, 3);
    builder.align = 1;
    for at in 0..70_000_u64 {
        builder = builder.load(0x10_0000 + at * 8192, &[1], 4096, RW);
    }
    let bytes = builder.build();
    let began = Instant::now();
    let core = parse(&bytes);
    assert_eq!(core.segments().len(), 70_000);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // The section header is the last thing in the file; the notes still say where the table ends.
    let cut = parse(&bytes[..bytes.len() - 100]);
    assert_eq!(cut.segments().len(), 70_000);
    assert!(cut.size().0 < cut.size().1);
}

#[test]
fn a_hundred_thousand_threads_take_no_quadratic_time() {
    let builder = (0..100_000).fold(CoreBuilder::new(), |builder, at| builder.thread(at / 2, 1, 2));
    let bytes = builder.build();
    let began = Instant::now();
    assert_eq!(tids(&parse(&bytes)).len(), 50_000);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn vector_registers_follow_the_recorded_layout() {
    let mut area = vec![0_u8; 2048];
    area[464] = 7;
    area[512] = 7;
    area[576] = 0x11;
    area[1024] = 0x22;
    let core = parse(
        &CoreBuilder::new()
            .thread(1, 2, 3)
            .note(b"LINUX\0", 0x202, &area)
            .build(),
    );
    let high = |core: &CoreFile| {
        core.notes().threads[0]
            .vectors
            .as_ref()
            .unwrap()
            .ymm_high
            .as_ref()
            .map(|high| high[0])
    };
    assert_eq!(high(&core), Some(0x11));
    let layout = [2_u32, 256, 1024, 0].map(u32::to_le_bytes).concat();
    let builder = CoreBuilder::new()
        .thread(1, 2, 3)
        .note(b"LINUX\0", 0x202, &area)
        .note(b"LINUX\0", 0x205, &layout);
    assert_eq!(high(&parse(&builder.build())), Some(0x22));
    let short = CoreBuilder::new()
        .thread(1, 2, 3)
        .note(b"LINUX\0", 0x202, &area[..512]);
    assert_eq!(high(&parse(&short.build())), None);
}

#[test]
fn a_damaged_header_offset_is_mended() {
    let mut bytes = kernel_like().build();
    bytes[32..40].copy_from_slice(&0x7777_7777_u64.to_le_bytes());
    let core = parse(&bytes);
    assert_eq!(tids(&core), [11, 10, 12]);
    assert!(matches!(
        core.problems(),
        [CoreProblem::ProgramHeadersMoved { .. }]
    ));
}

#[test]
fn a_gigabyte_of_nothing_in_the_notes_is_given_up_soon() {
    let head = CoreBuilder::new().thread(1, 2, 3).build();
    // Never touched beyond its head, so it takes no memory.
    let mut bytes = vec![0; 1 << 30];
    bytes[..head.len()].copy_from_slice(&head);
    bytes[64 + 32..64 + 40].copy_from_slice(&(8_u64 << 30).to_le_bytes());
    let began = Instant::now();
    let core = CoreFile::parse(SharedBytes::new(bytes), &Limits::default(), &CancelToken::new()).unwrap();
    assert_eq!(tids(&core), [1]);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
