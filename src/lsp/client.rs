//! The client: what it can do, and what its user has set.

use std::path::PathBuf;

use gen_lsp_types::{ClientCapabilities, MarkupKind, PositionEncodingKind, ResourceOperationKind};
use serde::Deserialize;

use crate::examine::ChainChoice;
use crate::rewrite::{Merge, Pin};
use crate::text::ColumnUnit;

/// What the client can do.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an ability that a client has or has not")]
pub(super) struct Client {
    /// How columns are counted from here on.
    pub unit: ColumnUnit,
    /// Takes edits of a version of a document.
    pub takes_versions: bool,
    /// Takes edits that make files.
    pub creates_files: bool,
    /// Asks for diagnostics itself.
    pub pulls: bool,
    /// Can be told to ask for them again.
    pub refreshes: bool,
    /// Can be asked for its settings.
    pub tells_settings: bool,
    /// Can be asked to watch files.
    pub watches: bool,
    /// How hovers are shown.
    pub markup: MarkupKind,
}

impl Client {
    pub fn of(capabilities: &ClientCapabilities) -> Self {
        let workspace = capabilities.workspace.as_ref();
        let document = capabilities.text_document.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let encodings = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let is_utf8 = encodings.is_some_and(|encodings| encodings.contains(&PositionEncodingKind::UTF8));
        let takes_versions = edit.and_then(|edit| edit.document_changes) == Some(true);
        let operations = edit.and_then(|edit| edit.resource_operations.as_ref());
        let creates = operations.is_some_and(|operations| operations.contains(&ResourceOperationKind::Create));
        let refreshes = workspace.and_then(|workspace| workspace.diagnostics.as_ref()?.refresh_support);
        let watches = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref()?.dynamic_registration);
        let shown = document.and_then(|document| document.hover.as_ref()?.content_format.as_ref());
        let is_plain = shown.is_some_and(|formats| !formats.contains(&MarkupKind::Markdown));
        Self {
            unit: if is_utf8 { ColumnUnit::Utf8 } else { ColumnUnit::Utf16 },
            takes_versions,
            creates_files: takes_versions && creates,
            pulls: document.is_some_and(|document| document.diagnostic.is_some()),
            refreshes: refreshes == Some(true),
            tells_settings: workspace.and_then(|workspace| workspace.configuration) == Some(true),
            watches: watches == Some(true),
            markup: if is_plain { MarkupKind::PlainText } else { MarkupKind::Markdown },
        }
    }

    /// The name of `unit` in the protocol.
    pub fn encoding(&self) -> PositionEncodingKind {
        if self.unit == ColumnUnit::Utf8 { PositionEncodingKind::UTF8 } else { PositionEncodingKind::UTF16 }
    }
}

/// What the user has set in the editor, as options of the command line would. `dockeropt.toml` stands below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    safe: Option<bool>,
    select: Option<Vec<String>>,
    ignore: Option<Vec<String>>,
    opt_in: Option<Vec<String>>,
    merge: Option<Merge>,
    pin: Option<Pin>,
    config: Option<PathBuf>,
    /// Whether registries may be asked.
    network: Option<bool>,
    /// Whether places that were left alone are shown.
    declined: Option<bool>,
}

impl Settings {
    /// The settings in `value`: those of this program, or of all programs by their names.
    ///
    /// # Errors
    /// If one of them is of the wrong kind.
    pub fn read(value: &serde_json::Value) -> Result<Self, String> {
        let own = value.get("dockeropt").unwrap_or(value);
        let settings: Option<Self> = Deserialize::deserialize(own).map_err(|error| format!("settings: {error}"))?;
        let settings = settings.unwrap_or_default();
        // An editor has a place for each setting, and sends an empty text for those that nobody filled in.
        let config = settings.config.filter(|path| !path.as_os_str().is_empty());
        let select = settings.select.filter(|ids| !ids.is_empty());
        Ok(Self { config, select, ..settings })
    }

    /// The choice of transforms.
    pub fn choice(&self) -> ChainChoice {
        ChainChoice {
            select: self.select.clone(),
            ignore: self.ignore.clone().unwrap_or_default(),
            opt_in: self.opt_in.clone().unwrap_or_default(),
            safe: self.safe == Some(true),
            merge: self.merge,
            pin: self.pin,
            config: self.config.clone(),
            no_config: false,
        }
    }

    pub fn allows_network(&self) -> bool {
        self.network == Some(true)
    }

    pub fn shows_declined(&self) -> bool {
        self.declined != Some(false)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_read_in_every_shape_that_editors_send() {
        let safe = Settings { safe: Some(true), ..Settings::default() };
        assert_eq!(Settings::read(&json!({ "safe": true, "path": "x", "config": "", "select": [] })), Ok(safe.clone()));
        assert_eq!(Settings::read(&json!({ "dockeropt": { "safe": true }, "other": 1 })), Ok(safe));
        assert_eq!(Settings::read(&json!(null)), Ok(Settings::default()));
        assert_eq!(Settings::read(&json!({ "dockeropt": null })), Ok(Settings::default()));
        assert!(Settings::read(&json!({ "safe": 3 })).unwrap_err().starts_with("settings: invalid type"));
    }

    #[test]
    fn bytes_are_counted_only_where_the_client_can() {
        let unit = |encodings: serde_json::Value| {
            let capabilities = json!({ "general": { "positionEncodings": encodings } });
            Client::of(&serde_json::from_value(capabilities).unwrap()).unit
        };
        assert_eq!(unit(json!(["utf-16", "utf-8"])), ColumnUnit::Utf8);
        assert_eq!(unit(json!(["utf-32", "utf-16"])), ColumnUnit::Utf16);
        assert_eq!(Client::of(&ClientCapabilities::default()).unit, ColumnUnit::Utf16);
    }
}
