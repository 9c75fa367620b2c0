//! Every way of saving is seen, and no half state ever serves.

use crate::files::{Setting, table};

#[tokio::test]
async fn a_rename_over_the_file_is_live_again_and_again() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    for target in ["one", "two", "three", "four"] {
        files.replace("routes.yaml", table(target));
        files.until_live(target).await;
    }
    assert_eq!(files.news().generation, 5);
}
