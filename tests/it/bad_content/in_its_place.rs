//! Things in the file's place that are no readable file. A read that blocked or had no bound would
//! deafen the router for good; each test goes on to a good save.

use crate::files::{Files, Setting, table};

async fn watched() -> Files {
    Setting::new().with("routes.yaml", table("start")).watch().await
}

async fn refused_with(files: &Files, says: &str) {
    let report = files.until_refused().await;
    assert!(report.contains(says), "{report}");
}

#[tokio::test]
async fn a_folder() {
    let files = watched().await;
    files.run("rm routes.yaml; mkdir routes.yaml");
    refused_with(&files, "routes.yaml is a folder, not a regular file").await;
    files.run("rmdir routes.yaml");
    files.heals().await;
}

#[tokio::test]
async fn a_pipe_that_nobody_writes_to() {
    let files = watched().await;
    files.run("rm routes.yaml; mkfifo routes.yaml");
    refused_with(&files, "routes.yaml is a named pipe").await;
    files.heals().await;
}

#[tokio::test]
async fn a_device_without_end() {
    let files = watched().await;
    files.run("ln -sf /dev/zero routes.yaml");
    refused_with(&files, "routes.yaml is a device").await;
    files.heals().await;
}

#[tokio::test]
async fn a_socket() {
    let files = watched().await;
    files.run("rm routes.yaml");
    let _socket = std::os::unix::net::UnixListener::bind(files.path("routes.yaml")).unwrap();
    refused_with(&files, "routes.yaml is a socket").await;
    files.heals().await;
}

#[tokio::test]
async fn a_dangling_link() {
    let files = watched().await;
    files.run("ln -sf nowhere routes.yaml");
    refused_with(&files, "routes.yaml is a link to nowhere, which does not exist").await;
    files.run("rm routes.yaml");
    files.heals().await;
}

#[tokio::test]
async fn links_in_a_circle() {
    let files = watched().await;
    files.run("rm routes.yaml; ln -s routes.yaml other; ln -s other routes.yaml");
    refused_with(&files, "its links lead in a circle").await;
    files.heals().await;
}

#[tokio::test]
async fn a_sparse_file_of_512_megabytes() {
    let files = watched().await;
    files.run("truncate -s 512M new; mv new routes.yaml");
    refused_with(&files, "routes.yaml has 536870912 bytes; at most 4194304 are read").await;
    files.heals().await;
}

#[tokio::test]
async fn a_file_that_may_not_be_read() {
    let files = watched().await;
    files.run("chmod 000 routes.yaml");
    if std::fs::read(files.path("routes.yaml")).is_ok() {
        eprintln!("SKIPPED, NOTHING PROVED: this user reads files of mode 000 (root?)");
        return;
    }
    refused_with(&files, "routes.yaml may not be read: permission denied").await;
    files.run("chmod 600 routes.yaml");
    files.until("the end of the refusal", |news| news.refused.is_none()).await;
    files.heals().await;
}

#[tokio::test]
async fn a_file_in_the_folders_place() {
    let setting = Setting::new().routes_at("conf/routes.yaml").with("conf/routes.yaml", table("start"));
    let files = setting.watch().await;
    files.run("rm -r conf; echo x > conf");
    refused_with(&files, "conf/routes.yaml can't be read: not a directory").await;
    files.run("rm conf; mkdir conf");
    files.heals_at("conf/routes.yaml").await;
}
