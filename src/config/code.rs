//! The codes of problems. A code keeps its meaning for ever; new kinds get new codes.

/// The text can't be read as YAML.
pub(super) const SYNTAX: &str = "E101";
/// A name that nothing has.
pub(super) const UNKNOWN_NAME: &str = "E102";
/// A key that the grammar doesn't have.
pub(super) const UNKNOWN_KEY: &str = "E103";
/// A key or name that is there twice.
pub(super) const DUPLICATE: &str = "E104";
/// A list where a map belongs, and the like.
pub(super) const WRONG_TYPE: &str = "E105";
/// A value that makes no sense for its key.
pub(super) const BAD_VALUE: &str = "E106";
/// A key that a later version will know.
pub(super) const NOT_SUPPORTED: &str = "E107";
/// An address that can't be one.
pub(super) const BAD_URL: &str = "E108";
/// A text that can't be a name.
pub(super) const BAD_NAME: &str = "E109";
/// Names that lead back to themselves.
pub(super) const CYCLE: &str = "E110";
/// Weights of which nothing comes.
pub(super) const WEIGHTS: &str = "E111";
/// A table in which nothing can be asked for.
pub(super) const NO_MODELS: &str = "E112";
/// A `${…}` without a value.
pub(super) const NO_VALUE: &str = "E113";
/// A `${file:…}` that can't be read.
pub(super) const NO_FILE: &str = "E114";
/// A key or header that can't be sent.
pub(super) const BAD_HEADER: &str = "E115";
/// A backend that is this router.
pub(super) const SELF_LOOP: &str = "E116";
/// A `local_only` model from which a request could leave.
pub(super) const NOT_LOCAL: &str = "E117";
/// A port that everyone could use.
pub(super) const EXPOSED: &str = "E118";
/// Not a text at all, or one that can't be a table.
pub(super) const NOT_A_TABLE: &str = "E119";
/// A key in a document where it doesn't belong.
pub(super) const MISPLACED: &str = "E120";
/// More or deeper than any table.
pub(super) const TOO_LARGE: &str = "E121";
/// A line of `.env` that can't be read.
pub(super) const DOTENV_SYNTAX: &str = "E122";
/// Something that must be there and isn't.
pub(super) const MISSING: &str = "E123";

/// A certificate or key with which a port can't speak TLS.
pub(super) const CERTIFICATE: &str = "E125";

/// A DB-GPT variable that means something else there than one may think.
pub(super) const DBGPT: &str = "W101";
/// A key that crosses the network unencrypted.
pub(super) const PLAIN_KEY: &str = "W102";
/// A certificate whose time is over, is yet to come, or ends soon.
pub(super) const EXPIRING: &str = "W105";
/// A rule that never decides.
pub(super) const DEAD_RULE: &str = "W104";
/// A shell construct in `.env`, taken literally.
pub(super) const LITERAL: &str = "W103";
