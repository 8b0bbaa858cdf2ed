//! How an action is started: what a person fills in, on a command line.

#[derive(Debug, clap::Args)]
pub(super) struct Start {
    /// An input; text as it is, anything else as JSON; an entity by its identifier
    #[arg(long = "input", value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) inputs: Vec<(String, String)>,
    /// The entity that a DAY-2 or DELETE action is started on
    #[arg(long, value_name = "ID")]
    pub(super) entity: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
