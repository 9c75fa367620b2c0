//! The same promises for every center: what each check asks is in `checks`, and each center only
//! says how its document is published, deleted, and made to fail.
//!
//! The checks run against the stubs here, and against real servers when `tests/real/centers.sh`
//! says where those are.

mod adapters;
mod center_stub;
mod changes;
mod faults;
mod follower;
mod real;
mod routed;
mod router;
mod writing;

pub(crate) use center_stub::CenterStub;

/// All checks.
mod checks {
    pub(super) use super::changes::*;
    pub(super) use super::faults::*;
    pub(super) use super::routed::*;
    pub(super) use super::writing::*;
}

/// Calls a macro with the names of all checks and what else is given.
macro_rules! with_checks {
    ($then:ident!($($rest:tt)*)) => {
        $then! {
            [
                the_document_is_read_byte_for_byte
                a_change_is_seen
                fifty_quick_changes_end_with_the_last
                the_same_content_is_no_switch
                a_deleted_document_keeps_the_table
                a_malformed_document_keeps_the_table_and_is_told
                a_restart_of_the_center_is_survived
                requests_go_on_while_the_center_is_gone
                a_cold_start_without_the_center_serves_the_last_table
                a_login_that_ran_out_is_renewed
                a_document_of_50_mb_is_a_fault
                an_earlier_revision_is_not_taken
                a_read_that_lags_behind_its_hint_catches_up
                the_slower_of_two_writers_is_told_so
                a_first_document_is_made_only_where_there_is_none
                writers_at_once_lose_no_update
            ]
            $($rest)*
        }
    };
}
pub(super) use with_checks;

/// Makes a test of each check.
macro_rules! conforms {
    ([$($check:ident)*] $center:ident: $stub:expr) => {
        mod $center {
            $(
                #[tokio::test]
                async fn $check() {
                    use super::adapters::*;
                    super::checks::$check(&$stub).await;
                }
            )*
        }
    };
}

with_checks! { conforms!(apollo: apollo()) }
with_checks! { conforms!(config_map: config_map()) }
with_checks! { conforms!(consul: consul()) }
with_checks! { conforms!(etcd: etcd()) }
with_checks! { conforms!(nacos_long_poll: nacos_long_poll()) }
with_checks! { conforms!(nacos_poll: nacos_poll()) }
with_checks! { conforms!(nacos_push: nacos_push()) }
with_checks! { conforms!(plain_http: plain_http()) }
with_checks! { conforms!(redis: RedisStub::start()) }
with_checks! { conforms!(zookeeper: ZookeeperStub::start()) }
