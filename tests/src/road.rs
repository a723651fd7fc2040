//! The road to PostgreSQL, which a test closes and opens again.

use store::db;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A road: what travels on it reaches the database for as long as it is open.
#[derive(Debug)]
pub struct Road {
    port: u16,
    to: (String, u16),
    traffic: JoinSet<()>,
}

impl Road {
    /// Opens a road to where a configuration says the database is; `None` where it is no server.
    pub async fn to(config: &db::Config) -> Option<Self> {
        let db::Config::Postgres(config) = config else { return None };
        let mut road = Self { port: 0, to: config.hosts.first()?.clone(), traffic: JoinSet::new() };
        road.open().await;
        Some(road)
    }

    /// The same database by this road.
    pub fn way(&self, config: &db::Config) -> db::Config {
        let mut config = config.clone();
        if let db::Config::Postgres(config) = &mut config {
            config.hosts = vec![("127.0.0.1".to_owned(), self.port)];
        }
        config
    }

    /// Opens it, at the place where it was.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("a port");
        self.port = listener.local_addr().expect("an address").port();
        let to = self.to.clone();
        self.traffic.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(to).await.expect("the database");
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
    }

    /// Closes it: what is on it is lost, and nobody sets out on it.
    pub async fn close(&mut self) {
        self.traffic.shutdown().await;
    }
}
