//! The only resolver of a network of one's own: a server of a few lines that answers what it is told to (RFC 1035).

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use tokio::{net::UdpSocket, task::AbortHandle};

/// How it answers for every name.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    /// Not at all.
    Silent,
    /// No such name.
    Unknown,
    /// It could not find out.
    Failing,
    /// These addresses.
    Knows(Vec<IpAddr>),
}

#[derive(Debug)]
pub(crate) struct Resolver {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<usize>>,
    task: AbortHandle,
}

impl Resolver {
    pub(crate) async fn start(mood: Mood) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:53").await.unwrap();
        let (mood, asked) = (Arc::new(Mutex::new(mood)), Arc::new(Mutex::new(0)));
        let (mood_now, count) = (mood.clone(), asked.clone());
        let serve = async move {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query).await {
                *count.lock().unwrap() += 1;
                let answer = answer(&query[..length], &mood_now.lock().unwrap());
                if let Some(answer) = answer {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        };
        Self { mood, asked, task: tokio::spawn(serve).abort_handle() }
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often it was asked; twice a lookup, for either family.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mood {
    pub(crate) fn knows(addresses: &[&str]) -> Self {
        Self::Knows(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }
}

fn answer(query: &[u8], mood: &Mood) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    let name = query[HEADER..].iter().position(|byte| *byte == 0).unwrap() + 1;
    let question = &query[HEADER..HEADER + name + 4];
    let kind = question[name + 1];
    let (code, addresses) = match mood {
        Mood::Silent => return None,
        Mood::Failing => (2, &[][..]),
        Mood::Unknown => (3, &[][..]),
        Mood::Knows(addresses) => (0, &addresses[..]),
    };
    let of_kind = |address: &IpAddr| match (kind, address) {
        (1, IpAddr::V4(address)) => Some(address.octets().to_vec()),
        (28, IpAddr::V6(address)) => Some(address.octets().to_vec()),
        _ => None,
    };
    let wanted: Vec<Vec<u8>> = addresses.iter().filter_map(of_kind).collect();
    let mut answer = query[..2].to_vec();
    // An answer, recursion wanted and had; one question.
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(wanted.len()).unwrap(), 0, 0, 0, 0]);
    answer.extend(question);
    for octets in wanted {
        // The name above, this kind, the internet, to be kept for no time.
        answer.extend([0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 0, 0, 0, u8::try_from(octets.len()).unwrap()]);
        answer.extend(octets);
    }
    Some(answer)
}
