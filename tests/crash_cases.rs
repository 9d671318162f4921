//! Real crashes, opened by the real program, held against known facts.

mod common;

#[test]
fn toolchains_build_and_programs_leave_cores() {
    for toolchain in common::go::toolchains() {
        let exe = common::go::Build::of("panics").with(toolchain).exe();
        let Some(crashed) = common::crash(&exe, &["nil"]) else {
            continue;
        };
        assert!(
            crashed.stderr.contains("nil pointer dereference"),
            "{}",
            crashed.stderr
        );
    }
}
