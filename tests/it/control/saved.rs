//! What a command leaves of a file: everything but what it changed.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use super::{TABLE, green, verb};
use crate::binary::Home;
use crate::namespace;

fn found(home: &Home, name: &str) -> std::fs::Metadata {
    std::fs::symlink_metadata(home.path().join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn mode_and_owner_are_kept_and_nothing_is_left_behind() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let path = home.path().join("routes.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let is_root = std::os::unix::fs::chown(&path, Some(12345), Some(54321)).is_ok();
    let before = found(&home, "routes.yaml");
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let after = found(&home, "routes.yaml");
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert!(!is_root || after.uid() == 12345);
    assert_ne!(after.ino(), before.ino(), "a rename is what no reader sees half of");
    assert_eq!(names(home.path()), ["new.yaml", "routes.yaml"]);
}

#[tokio::test]
async fn a_link_stays_and_its_target_is_replaced() {
    let home = Home::new().with("new.yaml", &green());
    std::fs::create_dir(home.path().join("git")).unwrap();
    home.write("git/table.yaml", TABLE);
    std::os::unix::fs::symlink("git/table.yaml", home.path().join("routes.yaml")).unwrap();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(found(&home, "routes.yaml").is_symlink());
    assert_eq!(home.read("git/table.yaml"), green());
    assert_eq!(names(&home.path().join("git")), ["table.yaml"]);
}

#[tokio::test]
async fn all_names_of_a_file_see_the_change() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    std::fs::hard_link(home.path().join("routes.yaml"), home.path().join("second.yaml")).unwrap();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((home.read("routes.yaml"), home.read("second.yaml")), (green(), green()));
}

#[tokio::test]
async fn a_shorter_text_leaves_no_rest_of_the_longer_one() {
    let home = Home::new().with("routes.yaml", &format!("{TABLE}{}", "# more\n".repeat(500)));
    home.write("new.yaml", &green());
    std::fs::hard_link(home.path().join("routes.yaml"), home.path().join("second.yaml")).unwrap();
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["apply", "new.yaml"]).code, 0);
    assert_eq!(home.read("routes.yaml"), green());
}

#[tokio::test]
async fn a_file_that_is_mounted_by_itself_is_written_in_place() {
    if !namespace::inside() {
        let test = "control::saved::a_file_that_is_mounted_by_itself_is_written_in_place";
        return namespace::run(test, "true");
    }
    let home = Home::new().with("host.yaml", TABLE).with("new.yaml", &green());
    std::fs::create_dir(home.path().join("inside")).unwrap();
    home.write("inside/routes.yaml", "");
    let mount = ["mount", "--bind", "host.yaml", "inside/routes.yaml"];
    assert!(Command::new(mount[0]).args(&mount[1..]).current_dir(home.path()).status().unwrap().success());
    let served = home.serve(&["-c", "inside/routes.yaml"]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(home.read("host.yaml"), green());
    assert_eq!(names(&home.path().join("inside")), ["routes.yaml"]);
}

#[tokio::test]
async fn a_read_only_file_is_not_written_even_by_root() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let path = home.path().join("routes.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("routes.yaml can't be written: it is read-only"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), TABLE);
}
