//! What comes from the network and is no message of a device.

use std::net::UdpSocket;

use anyhow::Result;

use super::scene;

#[test]
fn garbage_from_the_network_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for size in [0_usize, 1, 20, 1_200, 1_472, 60_000] {
        for byte in [0_u8, 0x40, 0xc0, 0xff] {
            socket.send_to(&vec![byte; size], scene.district.network.address())?;
        }
    }

    scene.still_works(1)
}
