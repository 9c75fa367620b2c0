//! Tests that want a machine of their own: mounts and limits that nobody else sees.

use std::process::Command;

const INSIDE: &str = "PATCHBAY_TEST_INSIDE";

/// Returns whether this process is the inner one.
pub(crate) fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs one test of this binary once more, in namespaces of its own, after a script. Where the
/// system gives no namespaces it says so loudly and proves nothing.
pub(crate) fn run(test: &str, script: &str) {
    let unshare = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount"]).args(command);
        unshare
    };
    if !unshare(&["true"]).status().is_ok_and(|status| status.success()) {
        eprintln!(
            "SKIPPED, NOTHING PROVED: {test} needs `unshare --user --mount`, which this system refuses"
        );
        return;
    }
    let binary = std::env::current_exe().unwrap();
    let script = format!("{script} && exec \"$0\" --exact {test} --nocapture");
    let output = unshare(&["sh", "-ec", &script]).arg(binary).env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "inside, after `{script}`:\n{said}");
}
