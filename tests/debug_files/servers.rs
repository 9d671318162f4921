//! Files from servers, through the program as people run it: a tree of files, and the debuginfod of
//! the distribution.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::common::go::{newest, toolchains};
use super::common::{say, skipped};
use super::setup::{Parts, build_id, has_tool};

/// What was printed for one run.
struct Printed {
    out: String,
    err: String,
}

/// Runs the program on `files` without any setting of this machine.
fn run(files: &[&Path], commands: &[&str], variables: &[(&str, &str)]) -> Printed {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinydbg-tui"));
    command.arg("core").args(files);
    for text in commands {
        command.args(["-x", text]);
    }
    let home = tempfile::tempdir().unwrap();
    let output = command
        .env_clear()
        .env("HOME", home.path())
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Printed {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A tree with the files of a build, as a static server has them.
fn tree(parts: &Parts, id: &str) -> PathBuf {
    let tree = parts.dir.path().join("tree");
    let build = tree.join("buildid").join(id);
    fs::create_dir_all(&build).unwrap();
    fs::copy(&parts.debug, build.join("debuginfo")).unwrap();
    fs::copy(&parts.stripped, build.join("executable")).unwrap();
    tree
}

fn with_build_id() -> Option<(Parts, String)> {
    let parts = toolchains()
        .iter()
        .rfind(|toolchain| toolchain.minor() >= 24)
        .and_then(Parts::of)?;
    let id = build_id(&parts.whole)?;
    Some((parts, id))
}

#[test]
fn a_static_tree_gives_variables_once_and_the_cache_from_then_on() {
    let Some((parts, id)) = with_build_id() else {
        return;
    };
    let (url, cache) = (
        format!("file://{}", tree(&parts, &id).display()),
        parts.dir.path().join("cache").display().to_string(),
    );
    let set = [("DEBUGINFOD_URLS", &*url), ("DEBUGINFOD_CACHE_PATH", &*cache)];
    let files = [&*parts.stripped, &*parts.core];
    let commands = ["bt 30 -full", "images"];
    let truth = run(&[&parts.whole, &parts.core], &["bt 30 -full"], &[]).out;
    let alone = run(&files, &commands, &[]);
    assert!(!alone.out.contains(&truth), "{}", alone.out);
    assert!(alone.err.contains("DEBUGINFOD_URLS is not set"), "{}", alone.err);
    let first = run(&files, &commands, &set);
    assert!(first.out.starts_with(&truth), "{}\n{}", first.out, first.err);
    assert!(first.out.contains("(same build-id)"), "{}", first.out);
    // Nobody is asked any more, and nobody needs to be.
    fs::remove_dir_all(parts.dir.path().join("tree")).unwrap();
    assert!(run(&files, &commands, &set).out.starts_with(&truth));
    let offline = [("DEBUGINFOD_CACHE_PATH", &*cache)];
    assert!(run(&files, &commands, &offline).out.starts_with(&truth));
}

#[test]
fn an_executable_that_is_not_here_comes_by_the_build_id_in_the_core() {
    let Some((parts, id)) = with_build_id() else {
        return;
    };
    let url = format!("file://{}", tree(&parts, &id).display());
    let cache = parts.dir.path().join("cache").display().to_string();
    let truth = run(&[&parts.whole, &parts.core], &["bt 30 -full"], &[]).out;
    fs::remove_file(&parts.stripped).unwrap();
    let set = [("DEBUGINFOD_URLS", &*url), ("DEBUGINFOD_CACHE_PATH", &*cache)];
    let alone = run(&[&parts.core], &["bt 30 -full"], &[]);
    assert_ne!(alone.out, truth);
    let come = run(&[&parts.core], &["bt 30 -full"], &set);
    // Opened twice: the code came first, by which the debug information was found to be missing.
    assert_eq!(come.out, truth, "{}", come.err);
}

#[test]
fn a_file_of_another_build_is_told_and_not_used() {
    let Some((parts, id)) = with_build_id() else {
        return;
    };
    let tree = tree(&parts, &id);
    let place = tree.join("buildid").join(&id).join("debuginfo");
    fs::copy(super::common::go::Build::of("panics").exe(), place).unwrap();
    let url = format!("file://{}", tree.display());
    let cache = parts.dir.path().join("cache").display().to_string();
    let set = [("DEBUGINFOD_URLS", &*url), ("DEBUGINFOD_CACHE_PATH", &*cache)];
    let printed = run(&[&parts.stripped, &parts.core], &["bt 30 -full"], &set);
    assert!(
        printed.err.contains("what came has another build-id"),
        "{}",
        printed.err
    );
}

/// The real server, ended when dropped.
struct Debuginfod {
    child: Child,
    url: String,
}

impl Debuginfod {
    /// Serves the files below `dir`, which are the test's own: the server listens on every address
    /// of the machine and knows no way to be told another one.
    fn serving(dir: &Path, home: &Path) -> Option<Self> {
        if !has_tool("debuginfod") {
            skipped("debuginfod is not installed");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("debuginfod")
            .args(["-F", "-d", ":memory:", "-t", "0", "-g", "0", "-c", "1", "-p"])
            .arg(port.to_string())
            .arg(dir)
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        server.wait(port).then_some(server)
    }

    /// Until it has looked at all files.
    fn wait(&self, port: u16) -> bool {
        use std::io::{Read as _, Write as _};
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let mut text = String::new();
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let _ = stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n");
                let _ = stream.read_to_string(&mut text);
            }
            let scanned = text.contains("scanned_files_total{source=\"file\"}");
            if scanned && text.contains("thread_work_pending{role=\"scan\"} 0") {
                return true;
            }
            thread::sleep(Duration::from_millis(100));
        }
        skipped("debuginfod did not begin to serve");
        false
    }
}

impl Drop for Debuginfod {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_real_debuginfod_gives_variables_and_shares_its_clients_cache() {
    let Some((parts, id)) = with_build_id() else {
        return;
    };
    let Some(toolchain) = newest() else { return };
    let served = parts.dir.path().join("served");
    fs::create_dir(&served).unwrap();
    fs::copy(&parts.debug, served.join("service.debug")).unwrap();
    fs::copy(&parts.stripped, served.join("service")).unwrap();
    let Some(server) = Debuginfod::serving(&served, parts.dir.path()) else {
        return;
    };
    let cache = parts.dir.path().join("cache");
    let cache_text = cache.display().to_string();
    let set = [
        ("DEBUGINFOD_URLS", &*server.url),
        ("DEBUGINFOD_CACHE_PATH", &*cache_text),
    ];
    let truth = run(&[&parts.whole, &parts.core], &["bt 30 -full"], &[]).out;
    fs::remove_file(&parts.stripped).unwrap();
    let printed = run(&[&parts.core], &["bt 30 -full"], &set);
    assert_eq!(printed.out, truth, "{}", printed.err);
    for name in ["debuginfo", "executable"] {
        assert!(cache.join(&id).join(name).is_file(), "{name}");
    }
    say(&format!("{}: by {}", toolchain.version, server.url));
    if !has_tool("debuginfod-find") {
        return skipped("debuginfod-find is not installed");
    }
    // The C client finds our files, without any server.
    drop(server);
    let found = Command::new("debuginfod-find")
        .args(["debuginfo", &id])
        .env("DEBUGINFOD_URLS", "http://127.0.0.1:1")
        .env("DEBUGINFOD_CACHE_PATH", &cache)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&found.stdout).trim(),
        cache.join(&id).join("debuginfo").display().to_string()
    );
}
