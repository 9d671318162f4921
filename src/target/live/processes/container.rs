//! From a control group's path to the container or service that it stands for. Pure.
//!
//! ```text
//!   0::/system.slice/docker-<64 hex digits>.scope                         docker, systemd driver
//!   12:cpu:/docker/<64 hex digits>                                        docker, cgroupfs driver
//!   0::/kubepods.slice/.../cri-containerd-<64>.scope                      kubernetes, containerd
//!   0::/kubepods/burstable/pod<uid>/<64>                                  kubernetes, cgroupfs driver
//!   0::/machine.slice/libpod-<64>.scope                                   podman
//!   0::/lxc.payload.web/...   0::/machine.slice/machine-web.scope         lxc, systemd-nspawn
//!   0::/system.slice/nginx.service                                        a service of systemd
//! ```

/// Digits of a container's id, and those that people see.
const ID_DIGITS: usize = 64;
const SHORT_ID: usize = 12;

/// Beginnings of scopes that end in a container's id. `cri-containerd` and `crio` serve kubernetes.
const SCOPES: [(&str, &str); 4] = [
    ("docker-", "docker"),
    ("libpod-", "podman"),
    ("cri-containerd-", "kubernetes"),
    ("crio-", "kubernetes"),
];

/// What the text of `/proc/PID/cgroup` says: "docker 0123456789ab", "lxc web", "nginx.service".
#[must_use]
pub(super) fn of(text: &str) -> Option<String> {
    let paths = || text.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    paths().find_map(container).or_else(|| paths().find_map(service))
}

fn container(path: &str) -> Option<String> {
    let mut inner_first = path.rsplit('/').peekable();
    while let Some(component) = inner_first.next() {
        // containerd without systemd: `slice:cri-containerd:id`.
        let name = component.rsplit(':').next().unwrap_or(component);
        let name = name.strip_suffix(".scope").unwrap_or(name);
        if is_id(name) {
            let parent = inner_first.peek().copied().unwrap_or_default();
            return Some(format!("{} {}", runtime(path, parent), short(name)));
        }
        let scope = SCOPES.iter().find_map(|(prefix, kind)| {
            let id = name.strip_prefix(prefix).filter(|id| is_id(id))?;
            Some(format!("{kind} {}", short(id)))
        });
        let named = |prefix: &str, kind: &str| {
            let rest = name.strip_prefix(prefix).filter(|rest| !rest.is_empty())?;
            Some(format!("{kind} {}", rest.replace("\\x2d", "-")))
        };
        let found = scope
            .or_else(|| named("lxc.payload.", "lxc"))
            .or_else(|| named("machine-", "machine"));
        if found.is_some() {
            return found;
        }
        if inner_first.peek() == Some(&"lxc") && !name.is_empty() {
            return Some(format!("lxc {name}"));
        }
    }
    None
}

/// Whose bare id it is.
fn runtime(path: &str, parent: &str) -> &'static str {
    if path.contains("kubepods") {
        "kubernetes"
    } else if parent == "docker" {
        "docker"
    } else {
        "container"
    }
}

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// The innermost service; that of a user's session says nothing.
fn service(path: &str) -> Option<String> {
    path.rsplit('/')
        .find(|name| name.ends_with(".service") && !name.starts_with("user@"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_and_services_are_told_from_their_control_groups() {
        let id = "0123456789abcdef".repeat(4);
        for (text, expected) in [
            (
                format!("0::/system.slice/docker-{id}.scope"),
                Some("docker 0123456789ab"),
            ),
            (format!("12:cpu:/docker/{id}\n0::/"), Some("docker 0123456789ab")),
            (
                format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"),
                Some("kubernetes 0123456789ab"),
            ),
            (
                format!("0::/kubepods/burstable/pod1a2b/{id}"),
                Some("kubernetes 0123456789ab"),
            ),
            (
                format!("0::/kubepods.slice/x.slice:cri-containerd:{id}"),
                Some("kubernetes 0123456789ab"),
            ),
            (
                format!("0::/machine.slice/libpod-{id}.scope/container"),
                Some("podman 0123456789ab"),
            ),
            (format!("0::/machine.slice/libpod-conmon-{id}.scope"), None),
            (
                "0::/lxc.payload.web/system.slice/nginx.service".to_owned(),
                Some("lxc web"),
            ),
            ("3:cpu:/lxc/web\n0::/".to_owned(), Some("lxc web")),
            (
                "0::/machine.slice/machine-my\\x2dweb.scope".to_owned(),
                Some("machine my-web"),
            ),
            ("0::/system.slice/nginx.service".to_owned(), Some("nginx.service")),
            (
                "0::/user.slice/user-0.slice/user@0.service/app.slice/a.service".to_owned(),
                Some("a.service"),
            ),
            (
                "0::/user.slice/user-0.slice/user@0.service/init.scope".to_owned(),
                None,
            ),
            ("0::/\n".to_owned(), None),
            ("nonsense".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(of(&text).as_deref(), expected, "{text}");
        }
    }
}
