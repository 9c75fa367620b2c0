//! The ten-second proof, in two.

use crate::binary::Home;

#[test]
fn the_demo_loses_no_request_and_drops_no_stream() {
    let demo = Home::new().run(&["demo", "--seconds", "2"]);
    assert_eq!(demo.code, 0, "{}{}", demo.stdout, demo.stderr);
    let (counts, switch) = demo.stdout.trim_end().split_once(", switch took ").unwrap();
    assert_eq!(counts, "answered 100, failed 0, dropped streams 0");
    assert!(switch.strip_suffix(" ms").unwrap().parse::<u64>().unwrap() < 2000, "{switch}");
}

#[test]
fn the_demo_leaves_no_folder_behind() {
    let home = Home::new();
    let folder = home.path().to_str().unwrap();
    assert_eq!(home.run_with(&["demo", "--seconds", "1"], &[("TMPDIR", folder)]).code, 0);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
