"""Clusters at other places than plain ports: TLS and Unix sockets."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import grpc
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import protocol as pb
from mockbroker import SyncMockCluster
from mockbroker.errors import MockError
from mockbroker.tests.core.world import spec
from mockbroker.tls import Tls


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for 127.0.0.1 that is its own authority."""
    directory = tmp_path_factory.mktemp("pems")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mockbroker")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Tls(directory / "cert.pem", directory / "key.pem")


def appended(cluster: SyncMockCluster, broker: int, channel: grpc.Channel) -> pb.AppendResponse:
    """An append through a broker, tried until the journal is assigned."""
    with channel:
        for _ in range(100):
            response: pb.AppendResponse = pb.JournalStub(channel).Append(
                iter(
                    [
                        pb.AppendRequest(journal="acme/a"),
                        pb.AppendRequest(content=b"x"),
                        pb.AppendRequest(),
                    ]
                ),
                timeout=10,
            )
            if response.status == pb.Status.OK:
                return response
    pytest.fail(f"broker {broker} of {cluster} answers {response}")


def test_tls_between_clients_and_brokers(pems: Tls) -> None:
    """Brokers with a certificate are called, and replicate and proxy, over TLS only."""
    with SyncMockCluster(3, tls=pems) as cluster:
        cluster.apply(spec(replication=2))
        trust = grpc.ssl_channel_credentials(pems.certificate.read_bytes())
        for index, node in enumerate(cluster.brokers):
            assert node.endpoint.startswith("https://127.0.0.1:")
            response = appended(cluster, index, grpc.secure_channel(node.address, trust))
            assert response.commit.begin == index
        with (
            grpc.insecure_channel(cluster.brokers[0].address) as plain,
            pytest.raises(grpc.RpcError),
        ):
            pb.JournalStub(plain).Apply(pb.ApplyRequest(), timeout=10)


def test_http_over_tls(pems: Tls) -> None:
    """The HTTP side speaks TLS too."""
    with SyncMockCluster(tls=pems) as cluster:
        url = cluster.brokers[0].http
        assert url.startswith("https://")
        trust = ssl.create_default_context(cafile=str(pems.certificate))
        assert httpx.get(f"{url}/debug/ready", verify=trust).status_code == 200


def test_clients_without_a_certificate_are_refused(pems: Tls) -> None:
    """With an authority brokers demand certificates of their clients."""
    mutual = Tls(pems.certificate, pems.key, pems.certificate)
    with SyncMockCluster(2, tls=mutual) as cluster:
        cluster.apply(spec(replication=2))
        node = cluster.brokers[0]
        response = appended(cluster, 0, grpc.secure_channel(node.address, mutual.channel()))
        assert response.commit.end == 1
        anonymous = grpc.ssl_channel_credentials(pems.certificate.read_bytes())
        with (
            grpc.secure_channel(node.address, anonymous) as channel,
            pytest.raises(grpc.RpcError) as refused,
        ):
            pb.JournalStub(channel).Apply(pb.ApplyRequest(), timeout=10)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("key", "TLS takes a certificate and its key"),
        ("content", "the TLS files cannot be used"),
    ],
)
def test_unusable_files_are_told(pems: Tls, tmp_path: Path, missing: str, text: str) -> None:
    """A missing or unusable file is one clear sentence."""
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    with pytest.raises(MockError, match=text):
        Tls.of(pems.certificate, None if missing == "key" else broken)


def test_unix_sockets(tmp_path: Path) -> None:
    """Brokers at Unix sockets advertise them, and reach each other there."""
    with SyncMockCluster(2, sockets=tmp_path) as cluster:
        cluster.apply(spec(replication=2))
        assert cluster.brokers[1].endpoint == f"unix://localhost{tmp_path}/broker-1.sock"
        response = appended(cluster, 1, grpc.insecure_channel(cluster.brokers[1].address))
        assert list(response.header.route.endpoints) == [node.endpoint for node in cluster.brokers]
        cluster.kill(0)
        cluster.restart(0)
        response = appended(cluster, 0, grpc.insecure_channel(cluster.brokers[0].address))
        assert response.status == pb.Status.OK


def test_a_taken_port_is_told() -> None:
    """A port that is taken is one clear sentence."""
    with SyncMockCluster() as cluster:
        taken = cluster.brokers[0].port
        with pytest.raises(MockError, match=f"cannot listen on 127.0.0.1:{taken}"):
            SyncMockCluster(ports=[taken]).start()
