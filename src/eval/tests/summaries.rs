//! Summaries of damaged values: they give way to the plain fields and never take longer than their
//! budget.

use proptest::prelude::*;

use super::*;

/// The variable `x` of a struct type with fields of 8 bytes each, named as the pairs say.
fn structure(name: &str, fields: &[(&str, &str, u64)], words: &[u64], memory: FakeMemory) -> Value {
    let mut synth = Synth::new();
    let uint = synth.base("uint64", 7, 8);
    let int = synth.base("int64", 5, 8);
    let bytes = synth.slice("[]uint64", uint);
    let text = synth.string();
    let location = synth.structure(
        "time.Location",
        (40, 25),
        &[("name", text, 0), ("zone", bytes, 16)],
        None,
    );
    let pointer = synth.pointer("*time.Location", location);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, ty, at)| {
            let ty = match *ty {
                "uint" => uint,
                "int" => int,
                "words" => bytes,
                _ => pointer,
            };
            (*name, ty, *at)
        })
        .collect();
    let ty = synth.structure(name, (32, 25), &fields, None);
    one(synth, ty, &memory.words(CFA, words))
}

fn time(words: [u64; 3], memory: FakeMemory) -> String {
    let fields = [("wall", "uint", 0), ("ext", "int", 8), ("loc", "loc", 16)];
    structure("time.Time", &fields, &words, memory).summary.plain()
}

#[test]
fn a_time_that_cannot_be_true_shows_its_fields() {
    let text = time([999_999_999, 5, 0], FakeMemory::new());
    assert_eq!(text, "time.Time 0001-01-01T00:00:05.999999999Z");
    let text = time([(1 << 30) - 1, 5, 0], FakeMemory::new());
    assert!(text.starts_with("time.Time {wall: "), "{text}");
    let text = time([0, 5, 0x5000], FakeMemory::new());
    assert_eq!(
        text,
        "time.Time 0001-01-01T00:00:05Z (UTC; its zone could not be read)"
    );
}

#[test]
fn a_zone_that_cannot_be_read_is_said_and_utc_shown() {
    let memory = FakeMemory::new()
        .words(0x5000, &[0x6000, 3, 0x7000, 1, 1])
        .with(0x6000, b"CET");
    let text = time([0, 5, 0x5000], memory);
    assert_eq!(
        text,
        "time.Time 0001-01-01T00:00:05Z (UTC; zone CET could not be read)"
    );
}

#[test]
fn a_type_whose_fields_have_other_names_shows_them() {
    let value = structure("time.Time", &[("sec", "uint", 0)], &[7], FakeMemory::new());
    assert_eq!(value.summary.plain(), "time.Time {sec: 7}");
}

#[test]
fn a_big_number_longer_than_its_budget_is_only_measured() {
    let fields = [("neg", "uint", 0), ("abs", "words", 8)];
    let big = |words: &[u64]| {
        structure("math/big.Int", &fields, words, FakeMemory::new())
            .summary
            .plain()
    };
    assert_eq!(
        big(&[0, 0x5000, 1 << 20, 1 << 20]),
        "big.Int of up to 67108864 bits"
    );
    assert!(big(&[0, 0x5000, 5, 4]).starts_with("big.Int {neg: 0"));
    assert!(big(&[0, 0x5000, 2, 2]).starts_with("big.Int {neg: 0"));
}

proptest! {
    #[test]
    fn no_words_make_a_summary_panic(
        words in proptest::collection::vec(prop_oneof![any::<u64>(), 0..4_u64, 0x5000..0x5040_u64], 4),
        zone in proptest::collection::vec(prop_oneof![any::<u64>(), 0..4_u64, 0x5000..0x5040_u64], 8),
    ) {
        let memory = || FakeMemory::new().words(0x5000, &zone);
        let _ = time([words[0], words[1], words[2]], memory());
        let fields = [("neg", "uint", 0), ("abs", "words", 8), ("b", "words", 8)];
        for name in ["math/big.Int", "math/big.Rat", "sync.Mutex", "net/url.URL", "time.Duration", "os.File"] {
            let _ = structure(name, &fields, &words, memory());
        }
    }
}
