//! Every budget in one place: how much of a hostile or damaged input is believed.
//!
//! Readers take the value they need from here and stop there with a reason; none has a private
//! constant for "too many".

/// The budgets of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Program headers read from one file.
    pub program_headers: usize,
    /// Bytes of notes read from one core.
    pub note_bytes: u64,
    /// Different files opened because a core names them.
    pub files: usize,
    /// Arguments and environment variables read from a stack, together.
    pub arguments: usize,
    /// Threads taken from one core.
    pub threads: usize,
    /// Goroutines listed.
    pub goroutines: usize,
    /// Damaged entries in a row after which a list counts as ended.
    pub damaged_run: usize,
    /// Frames walked on one stack.
    pub frames: usize,
    /// Inlined calls expanded at one pc.
    pub inline_depth: usize,
    /// Links followed in a chain of runtime structures (panics, defers, waiters).
    pub chain: usize,
    /// Bytes of one name, path or label read from the target.
    pub text_bytes: usize,
    /// Bytes of a string value loaded for its one-line summary.
    pub string_bytes: usize,
    /// Children of a value loaded at once.
    pub children: usize,
    /// Nesting of values loaded at once.
    pub value_depth: usize,
    /// Values loaded by one request in all.
    pub value_nodes: usize,
    /// Values in the text of one whole value.
    pub whole_nodes: usize,
    /// Bytes of strings in the text of one whole value.
    pub whole_bytes: usize,
    /// Groups of eight slots passed on the way through one map.
    pub map_groups: u64,
    /// Instructions shown of one function or range.
    pub instructions: usize,
    /// Bytes of memory shown at once.
    pub memory_bytes: u64,
    /// Steps of one DWARF expression.
    pub dwarf_steps: u32,
    /// Entries of call frame information indexed in one image.
    pub unwind_entries: usize,
    /// Nesting of DWARF types and scopes.
    pub dwarf_depth: usize,
    /// Size in bytes of one unpacked section or file.
    pub unpacked_bytes: u64,
    /// Size in bytes of a core that was compressed, holes included.
    pub unpacked_core_bytes: u64,
    /// Size in bytes of a source file shown.
    pub source_bytes: u64,
    /// Size in bytes of a configuration or theme file read.
    pub config_bytes: u64,
    /// Memory of a stopped process kept after it was read, in bytes.
    pub live_cache_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            program_headers: 4_000_000,
            note_bytes: 1 << 30,
            files: 4096,
            arguments: 100_000,
            threads: 1_000_000,
            goroutines: 20_000_000,
            damaged_run: 64,
            frames: 20_000_000,
            inline_depth: 256,
            chain: 65_536,
            text_bytes: 4096,
            string_bytes: 256,
            children: 64,
            value_depth: 2,
            value_nodes: 10_000,
            whole_nodes: 1_000_000,
            whole_bytes: 64 << 20,
            map_groups: 1 << 27,
            instructions: 100_000,
            memory_bytes: 16 << 20,
            dwarf_steps: 10_000,
            unwind_entries: 4_000_000,
            dwarf_depth: 64,
            unpacked_bytes: 4 << 30,
            unpacked_core_bytes: 4 << 40,
            source_bytes: 16 << 20,
            config_bytes: 64 << 10,
            live_cache_bytes: 512 << 20,
        }
    }
}
