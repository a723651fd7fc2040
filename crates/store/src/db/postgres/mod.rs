//! PostgreSQL: reads pipelined on a few shared connections, batches on connections of a pool.
//!
//! A read on a shared connection waits for no other (66,000 a second on one connection, measured, against 46,000 on
//! sixteen of a pool). A connection that is lost is replaced by the next call; nothing here needs a restart when the
//! database comes back.

mod commit;
mod lane;
mod refusal;
mod run;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::config::PostgresConfig;
use super::expand::{Dialect, Expander};
use super::{Batch, Committed, Row, StoreError, Value};
use commit::Writer;
use lane::Lane;
use refusal::{connect_refusal, is_lost, refusal};

const LANES: usize = 4;
const ACQUIRE: Duration = Duration::from_secs(5);
const READ_DEADLINE: Duration = Duration::from_secs(10);
const RETRIES: usize = 2;
const SCAN_DEADLINE: Duration = Duration::from_secs(60);
/// What every session is told: nothing waits for ever, on either side.
const SESSION: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
                       SET idle_in_transaction_session_timeout = '60s'";

#[derive(Debug)]
pub(super) struct Postgres {
    lanes: Vec<Lane>,
    writer: Writer,
    /// Scans under way leave connections to the writers.
    scans: Semaphore,
    pool: Pool,
    expander: Arc<Expander>,
}

impl Postgres {
    /// Connects once, so that a wrong address, password or certificate is told at start.
    pub(super) async fn open(config: &PostgresConfig) -> Result<Self, StoreError> {
        let pool = pool(config)?;
        let client = pool.get().await.map_err(|error| connect_refusal(&error, config))?;
        if let Some(schema) = &config.schema {
            make_schema(&client, schema).await?;
        }
        drop(client);
        let expander = Arc::new(Expander::new(Dialect::Postgres));
        let lanes = (config.pool_max.max(2) / 2).min(LANES);
        Ok(Self {
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            writer: Writer::new(pool.clone(), Arc::clone(&expander)),
            scans: Semaphore::new((config.pool_max / 4).max(1)),
            pool,
            expander,
        })
    }

    /// Asks again if the connection was lost: a read may be repeated.
    pub(super) async fn read(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let text = self.expander.text(sql);
        let lane = lane::take(&self.lanes).ok_or_else(|| StoreError::broken("no lane to read on"))?;
        let mut tries = 0;
        loop {
            let client = lane.connection(&self.pool).await?;
            let outcome = timeout(READ_DEADLINE, run::statement(&client, text, params)).await;
            match outcome {
                Ok(Ok(outcome)) => return Ok(outcome.rows),
                Ok(Err(run::Failure::Postgres(error))) if is_lost(&error) && tries < RETRIES => {
                    lane.leave(&client);
                    forget_idle(&self.pool);
                    tries += 1;
                }
                Ok(Err(failure)) => return Err(failure.into_error()),
                Err(_) => {
                    lane.leave(&client);
                    return Err(StoreError::unavailable("a read was not answered in time"));
                }
            }
        }
    }

    pub(super) async fn scan(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let turn = timeout(SCAN_DEADLINE, self.scans.acquire()).await;
        let _turn = turn.map_err(|_| StoreError::unavailable("too many scans at once"))?;
        let client = self.pool.get().await.map_err(|error| refusal::pool_refusal(&error))?;
        let scan = run::statement(&client, self.expander.text(sql), params);
        match timeout(SCAN_DEADLINE, scan).await {
            Ok(outcome) => outcome.map(|outcome| outcome.rows).map_err(run::Failure::into_error),
            Err(_) => {
                // It still runs there, and must not hold up the next user of the connection.
                drop(Object::take(client));
                Err(StoreError::unavailable("a scan was not answered in time"))
            }
        }
    }

    /// In a task of its own: a batch whose caller goes away still ends, and leaves its connection clean.
    pub(super) async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let writer = self.writer.clone();
        join(tokio::spawn(async move { writer.commit(&batch).await })).await
    }

    pub(super) async fn run_script(&self, script: String) -> Result<(), StoreError> {
        let writer = self.writer.clone();
        join(tokio::spawn(async move { writer.run_script(&script).await })).await
    }
}

/// Makes the schema if it is missing; asks first, since who may not make schemas may still use this one.
async fn make_schema(client: &Object, schema: &str) -> Result<(), StoreError> {
    let known = client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).await;
    if !known.map_err(|error| refusal(&error))?.is_empty() {
        return Ok(());
    }
    let made = client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema))).await;
    match made.map_err(|error| refusal(&error)) {
        // Another node was faster.
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(StoreError::setup(format!("the schema {schema} is missing and cannot be made: {error}"))),
    }
}

/// Where one connection was lost the others probably were, before anybody noticed.
fn forget_idle(pool: &Pool) {
    pool.retain(|_, _| false);
}

async fn join<T>(task: tokio::task::JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    task.await.map_err(|_| StoreError::unavailable("the server is ending"))?
}

fn pool(config: &PostgresConfig) -> Result<Pool, StoreError> {
    let mut session = SESSION.to_owned();
    if let Some(schema) = &config.schema {
        session.push_str("; SET search_path TO ");
        session.push_str(&quoted(schema));
    }
    let session: Arc<str> = session.into();
    let settings = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
        let session = Arc::clone(&session);
        Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
    });
    let manager = Manager::from_config(
        client_config(config),
        tls::connector(&config.tls)?,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    Pool::builder(manager)
        .max_size(config.pool_max.max(2))
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(ACQUIRE))
        .create_timeout(Some(config.connect_timeout))
        .recycle_timeout(Some(ACQUIRE))
        .post_create(settings)
        .build()
        .map_err(|error| StoreError::setup(format!("the pool of connections cannot be made: {error}")))
}

fn client_config(config: &PostgresConfig) -> tokio_postgres::Config {
    let mut client = tokio_postgres::Config::new();
    for (host, port) in &config.hosts {
        client.host(host).port(*port);
    }
    client.dbname(&config.database).application_name(&config.application_name);
    client.connect_timeout(config.connect_timeout).tcp_user_timeout(Duration::from_secs(15));
    client.keepalives_idle(Duration::from_secs(30)).ssl_mode(tls::ssl_mode(config.tls.mode));
    if let Some(user) = &config.user {
        client.user(user);
    }
    if let Some(password) = &config.password {
        client.password(password.as_str());
    }
    if let Some(options) = &config.options {
        client.options(options);
    }
    client
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
