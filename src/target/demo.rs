//! The sample crash that travels inside this program: executable, core and sources.

use std::io::Read;
use std::sync::Arc;

use crate::base::{Limits, SharedBytes};
use crate::model::{Failure, FailureKind, SourceOrigin, SourceText};

use super::sources;

/// What the sample's files are called in messages.
pub const EXE_NAME: &str = "orders";
pub const CORE_NAME: &str = "orders.core";

const EXE: &[u8] = include_bytes!("../../assets/demo/orders.zst");
const CORE: &[u8] = include_bytes!("../../assets/demo/orders.core.zst");

/// The directory in which the sample's sources are recorded (it was built with `-trimpath`).
const SOURCE_ROOT: &str = "shop.example/orders/";

const SOURCES: [(&str, &[u8]); 5] = [
    ("main.go", include_bytes!("../../assets/demo/main.go")),
    ("order.go", include_bytes!("../../assets/demo/order.go")),
    ("pricing.go", include_bytes!("../../assets/demo/pricing.go")),
    ("stock.go", include_bytes!("../../assets/demo/stock.go")),
    ("worker.go", include_bytes!("../../assets/demo/worker.go")),
];

/// Unpacks executable and core, each on a thread of its own.
pub fn unpack(limits: &Limits) -> Result<(SharedBytes, SharedBytes), Failure> {
    std::thread::scope(|scope| {
        let exe = scope.spawn(|| inflate(EXE, EXE_NAME, limits));
        let core = inflate(CORE, CORE_NAME, limits)?;
        let exe = exe
            .join()
            .map_err(|_| Failure::new(FailureKind::Internal, "unpacking the sample failed"))??;
        Ok((exe, core))
    })
}

/// The embedded source recorded as `file`, if it is one.
#[must_use]
pub fn source(file: &Arc<str>) -> Option<SourceText> {
    let name = file.strip_prefix(SOURCE_ROOT)?;
    let (_, text) = SOURCES.iter().find(|(known, _)| *known == name)?;
    Some(SourceText {
        file: Arc::clone(file),
        origin: SourceOrigin::Embedded,
        lines: sources::lines(text),
        doubt: None,
    })
}

fn inflate(packed: &[u8], name: &str, limits: &Limits) -> Result<SharedBytes, Failure> {
    let broken = |why: String| {
        let mut failure = Failure::new(
            FailureKind::Internal,
            format!("the sample file {name} cannot be unpacked"),
        );
        failure.causes.push(why);
        failure
    };
    let decoder = zstd::Decoder::new(packed).map_err(|error| broken(error.to_string()))?;
    let mut bytes = Vec::new();
    decoder
        .take(limits.unpacked_bytes)
        .read_to_end(&mut bytes)
        .map_err(|error| broken(error.to_string()))?;
    Ok(SharedBytes::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_unpacks_into_two_elf_files() {
        let (exe, core) = unpack(&Limits::default()).unwrap();
        assert_eq!((&exe[..4], exe[16]), (b"\x7fELF".as_slice(), 2));
        assert_eq!((&core[..4], core[16]), (b"\x7fELF".as_slice(), 4));
    }

    #[test]
    fn every_embedded_source_is_found_by_its_recorded_name() {
        for (name, text) in SOURCES {
            let file: Arc<str> = format!("{SOURCE_ROOT}{name}").into();
            let source = source(&file).unwrap();
            assert_eq!(source.lines.len(), sources::lines(text).len());
        }
        assert_eq!(source(&"runtime/panic.go".into()), None);
    }
}
