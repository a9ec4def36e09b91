//! What the model of Terraform's core does with everything that is not a resource: data sources, lists, ephemeral resources, actions.

use serde_json::Value as Json;
use terraform_framework::Diagnostics;
use terraform_framework::schema::Schema;
use terraform_framework::server::*;
use terraform_framework::value::Value;
use tokio::sync::mpsc;

use crate::core::{Core, config};

fn encode(schema: &Schema, json: Json) -> Encoded {
    Encoded::of(&config(schema, json), &schema.ty()).expect("a value of the schema's type")
}

fn failed(diagnostics: Diagnostics) -> Result<Diagnostics, Diagnostics> {
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(diagnostics) }
}

impl Core {
    async fn checked(&self, kind: Kind, type_name: &str, asked: &Encoded) -> Result<(), Diagnostics> {
        let said = self.serve().validate(kind, type_name, asked.clone(), ClientCapabilities::default()).await;
        failed(said).map(drop)
    }

    /// Reads a data source.
    pub async fn read_data(&self, type_name: &str, json: Json) -> Result<Value, Diagnostics> {
        self.read_data_warned(type_name, json).await.map(|(found, _)| found)
    }

    /// Reads a data source, and gives its warnings too.
    pub async fn read_data_warned(&self, type_name: &str, json: Json) -> Result<(Value, Diagnostics), Diagnostics> {
        let schema = &self.schemas().data_sources[type_name];
        let asked = encode(schema, json);
        self.checked(Kind::DataSource, type_name, &asked).await?;
        let read = self.serve().read_data(type_name, asked, ClientCapabilities::default()).await;
        let said = failed(read.diagnostics)?;
        Ok((read.state.decode(&schema.ty()).expect("an answer of the schema's type"), said))
    }

    /// Lists resources, whole objects, and gives their identities.
    pub async fn list(&self, type_name: &str, json: Json) -> Result<Vec<Value>, Diagnostics> {
        let asked = encode(&self.schemas().list_resources[type_name], json);
        self.checked(Kind::List, type_name, &asked).await?;
        let request =
            ListRequest { type_name: type_name.to_owned(), config: asked, include_resource: true, limit: 100 };
        let (sink, mut events) = mpsc::channel(200);
        self.serve().list(request, sink).await;
        let identity = self.schemas().identities[type_name].ty();
        let mut found = Vec::new();
        while let Some(event) = events.recv().await {
            failed(event.diagnostics)?;
            let named = event.identity.expect("a find has an identity");
            assert!(event.resource.is_some(), "whole objects were asked for");
            found.push(named.decode(&identity).expect("an identity of the schema's type"));
        }
        Ok(found)
    }

    /// Opens an ephemeral resource, renews it once where it asks for that, and closes it.
    pub async fn open_and_close(&self, type_name: &str, json: Json) -> Result<Value, Diagnostics> {
        self.open_look_and_close(type_name, json, |_| ()).await
    }

    /// The same, with a look at the result while it is open.
    pub async fn open_look_and_close(
        &self,
        type_name: &str,
        json: Json,
        look: impl FnOnce(&Value),
    ) -> Result<Value, Diagnostics> {
        let schema = &self.schemas().ephemeral_resources[type_name];
        let asked = encode(schema, json);
        self.checked(Kind::Ephemeral, type_name, &asked).await?;
        let opened = self.serve().open(type_name, asked).await;
        failed(opened.diagnostics)?;
        let result = opened.result.decode(&schema.ty()).expect("an answer of the schema's type");
        look(&result);
        let mut private = opened.private.unwrap_or_default();
        if opened.renew_at.is_some() {
            let renewed = self.serve().renew(type_name, private.clone()).await;
            failed(renewed.diagnostics)?;
            private = renewed.private.unwrap_or(private);
        }
        failed(self.serve().close(type_name, private).await)?;
        Ok(result)
    }

    /// Invokes an action; gives what it told of its progress.
    pub async fn invoke(&self, type_name: &str, json: Json) -> Result<Vec<String>, Diagnostics> {
        let asked = encode(&self.schemas().actions[type_name], json);
        self.checked(Kind::Action, type_name, &asked).await?;
        let (planned, _) = self.serve().plan_action(type_name, asked.clone(), ClientCapabilities::default()).await;
        failed(planned)?;
        let (sink, mut events) = mpsc::channel(200);
        self.serve().invoke_action(type_name, asked, sink).await;
        let mut told = Vec::new();
        while let Some(event) = events.recv().await {
            match event {
                ActionEvent::Progress(text) => told.push(text),
                ActionEvent::Completed(diagnostics) => return failed(diagnostics).map(|_| told),
            }
        }
        panic!("the action {type_name} never completed");
    }
}
