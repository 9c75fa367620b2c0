//! Tables behind symbolic links.

use crate::files::{Setting, table};

#[tokio::test]
async fn a_config_map_swap_is_seen_again_and_again() {
    let setting = Setting::new().with("..2026_01/routes.yaml", table("start"));
    let files =
        setting.linked("..data", "..2026_01").linked("routes.yaml", "..data/routes.yaml").watch().await;
    let mut old = "..2026_01".to_owned();
    for (number, target) in ["one", "two", "three"].into_iter().enumerate() {
        let new = format!("..2026_02_{number}");
        std::fs::create_dir(files.path(&new)).unwrap();
        files.write(&format!("{new}/routes.yaml"), table(target));
        // As the kubelet does it.
        files.run(&format!("ln -s {new} ..data_tmp && mv -T ..data_tmp ..data && rm -r {old}"));
        files.until_live(target).await;
        old = new;
    }
    assert_eq!(files.news().generation, 4);
}

#[tokio::test]
async fn a_link_that_is_pointed_elsewhere_is_seen() {
    let setting =
        Setting::new().with("a.yaml", table("start")).with("b.yaml", table("b")).with("c/c.yaml", table("c"));
    let files = setting.linked("routes.yaml", "a.yaml").watch().await;
    files.run("ln -sfn b.yaml routes.yaml");
    files.until_live("b").await;
    files.run("rm routes.yaml; ln -s c/c.yaml routes.yaml");
    files.until_live("c").await;
    // The file of before counts no more, the one of now does.
    files.write("b.yaml", table("b-again"));
    files.heals_at("c/c.yaml").await;
}

#[tokio::test]
async fn a_links_target_may_be_rewritten_or_replaced() {
    let setting = Setting::new().with("far/away/real.yaml", table("start"));
    let files = setting
        .linked("middle.yaml", "far/away/real.yaml")
        .linked("routes.yaml", "middle.yaml")
        .watch()
        .await;
    files.write("far/away/real.yaml", table("written"));
    files.until_live("written").await;
    files.replace("far/away/real.yaml", table("replaced"));
    files.until_live("replaced").await;
    files.run("rm far/away/real.yaml");
    let report = files.until_refused().await;
    assert!(report.contains("is a link to middle.yaml, which does not exist"), "{report}");
    files.heals_at("far/away/real.yaml").await;
}

#[tokio::test]
async fn a_release_folder_behind_a_link_is_seen() {
    let setting = Setting::new().routes_at("current/conf/routes.yaml");
    let setting = setting.with("releases/1/conf/routes.yaml", table("start"));
    let setting = setting.with("releases/2/conf/routes.yaml", table("second"));
    let files = setting.linked("current", "releases/1").watch().await;
    files.run("ln -sfn releases/2 current");
    files.until_live("second").await;
    files.run("rm current");
    files.until_refused().await;
    files.run("ln -s releases/1 current");
    files.until_live("start").await;
    files.heals_at("releases/1/conf/routes.yaml").await;
}

#[tokio::test]
async fn a_link_may_take_the_place_of_a_file() {
    let files = Setting::new().with("routes.yaml", table("start")).with("b.yaml", table("b")).watch().await;
    files.run("ln -sf b.yaml routes.yaml");
    files.until_live("b").await;
    files.run("rm routes.yaml; cp b.yaml routes.yaml; sed -i 's/echo:..b/echo:\\/\\/file/' routes.yaml");
    files.until_live("file").await;
    files.heals().await;
}
