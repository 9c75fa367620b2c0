//! Writing through the portal's open API.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use serde_json::{Value, json};

use super::place::{Place, path_and_query};
use crate::source::center::http::with_login;
use crate::source::center::{AddressError, Answer, CenterAddress, CenterError, HttpCenter};
use crate::table::Secret;

/// How long the portal may take for one step.
const LIMIT: Duration = Duration::from_secs(5);

/// The one item of a namespace that holds a text.
const ITEM: &str = "content";

/// The portal, with what it wants to know.
#[derive(Debug)]
pub(super) struct Portal {
    http: HttpCenter,
    token: Secret,
    env: String,
    /// A user of the portal, in whose name is written.
    user: String,
}

#[derive(Deserialize)]
struct Item {
    value: String,
}

// === impl Portal ===

impl Portal {
    /// Takes the parameters `portal`, `token`, `env` and `user`; `None` without the first two.
    pub(super) fn of(address: &CenterAddress) -> Result<Option<Self>, CenterError> {
        let (Some(portal), Some(token)) = (address.parameter("portal"), address.parameter("token")) else {
            return Ok(None);
        };
        let portal = CenterAddress::parse(portal)
            .map_err(|error: AddressError| CenterError::Nonsense(format!("the `portal`: {error}")))?;
        let (http, token) = (HttpCenter::new(portal)?, Secret::new(token));
        http.keep(&token);
        Ok(Some(Self {
            http,
            token,
            env: address.parameter("env").unwrap_or("DEV").to_owned(),
            user: address.parameter("user").unwrap_or("apollo").to_owned(),
        }))
    }

    /// Returns the text as it stands in the portal, released or not.
    pub(super) async fn draft(&self, place: &Place) -> Result<Option<String>, CenterError> {
        let answer = self.ask(Method::GET, place, &["items", ITEM], &[], None).await?;
        match answer.status {
            // An item that isn't there is answered with nothing.
            StatusCode::OK if answer.body.trim_ascii().is_empty() || answer.body.as_ref() == b"null" => {
                Ok(None)
            }
            StatusCode::OK => Ok(Some(answer.json::<Item>()?.value)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.refusal(&answer)),
        }
    }

    /// Changes the text without releasing it.
    pub(super) async fn edit(&self, place: &Place, text: &str) -> Result<(), CenterError> {
        let item = json!({"key": ITEM, "value": text, "comment": "",
            "dataChangeCreatedBy": self.user, "dataChangeLastModifiedBy": self.user});
        let query = [("createIfNotExists", "true")];
        let answer = self.ask(Method::PUT, place, &["items", ITEM], &query, Some(&item)).await?;
        self.accepted(&answer)
    }

    /// Releases the namespace as it stands.
    pub(super) async fn release(&self, place: &Place) -> Result<(), CenterError> {
        let release = json!({"releaseTitle": "patchbay", "releaseComment": "", "releasedBy": self.user});
        let answer = self.ask(Method::POST, place, &["releases"], &[], Some(&release)).await?;
        self.accepted(&answer)
    }

    async fn ask(
        &self,
        method: Method,
        place: &Place,
        what: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, CenterError> {
        let Place { app, cluster, namespace, .. } = place;
        let own = self.http.address().path.split('/').filter(|part| !part.is_empty());
        let path =
            ["openapi", "v1", "envs", &self.env, "apps", app, "clusters", cluster, "namespaces", namespace];
        let path: Vec<&str> = own.chain(path).chain(what.iter().copied()).collect();
        let asked = path_and_query(&path, query);
        self.http
            .ask(LIMIT, |client, base| {
                let request = client.request(method.clone(), format!("{base}{asked}"));
                let request = with_login(request, AUTHORIZATION, self.token.expose());
                match body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await
    }

    fn accepted(&self, answer: &Answer) -> Result<(), CenterError> {
        if answer.status.is_success() { Ok(()) } else { Err(self.refusal(answer)) }
    }

    fn refusal(&self, answer: &Answer) -> CenterError {
        match self.http.refusal(answer) {
            CenterError::Missing => CenterError::Refused("the portal knows no such namespace".to_owned()),
            CenterError::Unauthorized(told) => CenterError::Unauthorized(format!(
                "{told}, says the portal; its `token` must be allowed to edit and release this namespace"
            )),
            CenterError::Refused(told) => CenterError::Refused(format!("{told}, says the portal")),
            refusal => refusal,
        }
    }
}
