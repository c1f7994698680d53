//! The background tasks of a server, which all end with it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinSet,
};

use crate::{Error, Result, time::refuse_virtual};

/// Tasks of one server. After [`end`](Tasks::end) no task runs and none can be added, whatever a racing accept is doing.
#[derive(Clone, Debug)]
pub(in crate::test) struct Tasks {
    runtime: Handle,
    running: Arc<Mutex<Option<JoinSet<()>>>>,
}

impl Tasks {
    pub(in crate::test) fn new() -> Result<Self> {
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        Ok(Self { runtime, running: Arc::new(Mutex::new(Some(JoinSet::new()))) })
    }

    pub(in crate::test) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            while running.try_join_next().is_some() {}
            running.spawn_on(task, &self.runtime);
        }
    }

    /// Serves whoever comes to a port, each connection by a task of its own.
    pub(in crate::test) fn accept<F>(&self, listener: TcpListener, serve: impl Fn(TcpStream) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = self.clone();
        self.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Small frames at once: what delays them would be taken for the client's doing.
                drop(stream.set_nodelay(true));
                tasks.spawn(serve(stream));
            }
        });
    }

    pub(in crate::test) fn end(&self) {
        drop(self.running.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// A listener on a free port of this machine.
pub(in crate::test) async fn listen() -> Result<(TcpListener, u16)> {
    refuse_virtual("a listener on a port")?;
    let refused = |source| Error::Dial { address: "127.0.0.1:0".into(), source: Arc::new(source) };
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(refused)?;
    let port = listener.local_addr().map_err(refused)?.port();
    Ok((listener, port))
}
