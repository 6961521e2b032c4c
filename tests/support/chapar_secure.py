"""A broker that lets nobody in unasked: TLS with certificates of the test's own, SASL users, ACLs.

    with SecuredNode(users={"reader": "hush"}) as node:
        node.allow(Acl("User:reader", "Read", "Topic", "prefixed", "chapar."))
        run("replay", "--brokers", node.brokers, env=node.environment("reader", "hush"))

Nothing of it leaves the test's folder, and all of it is gone with the block.
"""

import contextlib
import dataclasses
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading

from chapar_kafka import Node
from chapar_run import scratch_folder, wait_for
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
                                   ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism,
                                   UserScramCredentialUpsertion)

SUPERUSER, SUPERUSER_PASSWORD = "broker", "of-the-broker-alone"


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr}"


class Authority:
    """A certificate authority in a folder; `certificate` is the file to trust."""

    def __init__(self, folder, name="authority"):
        self.folder, self.name = pathlib.Path(folder), name
        self.certificate, self.key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2,
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, alternatives="IP:127.0.0.1", days=2, password=None):
        """(certificate, key) files of a server or client; negative days: a certificate that has expired. With a
        password, the key is encrypted by it."""
        key, request, extensions, certificate = (self.folder / f"{self.name}-{name}.{e}"
                                                 for e in ("key", "csr", "ext", "pem"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={alternatives}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", extensions, "-out", certificate)
        if password:
            plain = key.rename(key.with_suffix(".plain"))
            openssl("pkcs8", "-topk8", "-in", plain, "-out", key, "-passout", f"pass:{password}")
        return certificate, key


@dataclasses.dataclass(frozen=True, order=True)
class Acl:
    """One permission, in the words of kafka-acls."""
    principal: str
    operation: str
    resource: str
    pattern: str
    name: str

    def binding(self):
        resource = {"Topic": ResourceType.TOPIC, "Group": ResourceType.GROUP, "Cluster": ResourceType.BROKER,
                    "TransactionalId": ResourceType.TRANSACTIONAL_ID}[self.resource]
        operation = AclOperation[{"DescribeConfigs": "DESCRIBE_CONFIGS"}.get(self.operation, self.operation.upper())]
        return AclBinding(resource, self.name, ResourcePatternType[self.pattern.upper()], self.principal, "*",
                          operation, AclPermissionType.ALLOW)

    def filter(self):
        b = self.binding()
        return AclBindingFilter(b.restype, b.name, b.resource_pattern_type, b.principal, b.host, b.operation,
                                b.permission_type)

    @staticmethod
    def of(binding):
        resource = {"TRANSACTIONAL_ID": "TransactionalId", "BROKER": "Cluster"}.get(binding.restype.name)
        operation = "".join(word.capitalize() for word in binding.operation.name.split("_"))
        return Acl(binding.principal, operation, resource or binding.restype.name.capitalize(),
                   binding.resource_pattern_type.name.lower(), binding.name)


class SecuredNode(Node):
    """A node whose clients come by TLS and SASL, and may do what an ACL says. `users` are those of PLAIN, by
    name; add_user() makes one for SCRAM-SHA-512. The certificate names 127.0.0.1 and nothing else."""

    def __init__(self, users=None, **settings):
        super().__init__(**settings)
        self.secrets = scratch_folder("certificates")
        self.authority = Authority(self.secrets)
        self.certificate, self.key = self.authority.issue("broker")
        both = self.secrets / "broker.both"
        both.write_text(self.key.read_text() + self.certificate.read_text())
        plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{SUPERUSER}" ' \
                f'password="{SUPERUSER_PASSWORD}"'
        for user, password in ((users or {}) | {SUPERUSER: SUPERUSER_PASSWORD}).items():
            plain += f' user_{user}="{password}"'
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        self.settings += [
            "listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:SSL",
            "ssl.keystore.type=PEM", f"ssl.keystore.location={both}",
            "ssl.truststore.type=PEM", f"ssl.truststore.location={self.authority.certificate}",
            "listener.name.controller.ssl.client.auth=required",
            "sasl.mechanism.inter.broker.protocol=PLAIN",
            "listener.name.clients.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN",
            f"listener.name.clients.plain.sasl.jaas.config={plain};",
            f"listener.name.clients.scram-sha-512.sasl.jaas.config={scram}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found=false",
            f"super.users=User:{SUPERUSER};User:CN=broker",
        ]

    def __exit__(self, *details):
        super().__exit__(*details)
        shutil.rmtree(self.secrets)

    # --- who prepares the test ---

    def client(self, **more):
        """The settings of a client that may do everything; `more` with underscores for dots."""
        return {"bootstrap.servers": self.brokers, "security.protocol": "SASL_SSL", "sasl.mechanisms": "PLAIN",
                "sasl.username": SUPERUSER, "sasl.password": SUPERUSER_PASSWORD,
                "ssl.ca.location": str(self.authority.certificate), "log_level": 3} | {k.replace("_", "."): v for k, v in more.items()}

    def admin(self):
        return AdminClient(self.client())

    def add_user(self, name, password):
        client = self.admin()
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        made = client.alter_user_scram_credentials([UserScramCredentialUpsertion(name, info, password.encode())])
        made[name].result(30)

    def allow(self, *acls):
        client = self.admin()
        for future in client.create_acls([acl.binding() for acl in acls]).values():
            future.result(30)
        wait_for(lambda: set(acls) <= self.acls(), what="the ACLs")

    def forbid(self, *acls):
        client = self.admin()
        for future in client.delete_acls([acl.filter() for acl in acls]).values():
            future.result(30)
        wait_for(lambda: not set(acls) & self.acls(), what="the ACLs to be gone")

    def acls(self):
        """All ACLs there are."""
        client = self.admin()
        everything = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY,
                                      AclPermissionType.ANY)
        return {Acl.of(b) for b in client.describe_acls(everything).result(30)}

    # --- who is tested ---

    def properties(self, user, **more):
        """What chapar needs to come in as `user`, but for the password. `more` with underscores for dots."""
        return {"security.protocol": "SASL_SSL", "sasl.mechanisms": "PLAIN", "sasl.username": user,
                "ssl.ca.location": self.authority.certificate} | {k.replace("_", "."): v for k, v in more.items()}

    def environment(self, user, password, **more):
        """The same with the password, as a variable of chapar's."""
        return {"CHAPAR_X": listed(self.properties(user, sasl_password=password, **more))}


def listed(properties):
    """Properties as CHAPAR_X has them."""
    return ",".join(f"{k}={v}".replace("\\", "\\\\").replace(",", "\\,") for k, v in properties.items())


class CertifiedNode(SecuredNode):
    """The same, but that clients show certificates of its authority in place of passwords: the principal is
    User:CN= and the name that the certificate was issued to."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.settings += ["listener.security.protocol.map=CLIENTS:SSL,CONTROLLER:SSL",
                          "listener.name.clients.ssl.client.auth=required"]

    def client(self, **more):
        return {"bootstrap.servers": self.brokers, "security.protocol": "SSL", "log_level": 3,
                "ssl.ca.location": str(self.authority.certificate), "ssl.certificate.location": str(self.certificate),
                "ssl.key.location": str(self.key)} | {k.replace("_", "."): v for k, v in more.items()}

    def properties(self, user, **more):
        return {"security.protocol": "SSL", "ssl.ca.location": self.authority.certificate,
                "ssl.certificate.location": self.secrets / f"authority-{user}.pem",
                "ssl.key.location": self.secrets / f"authority-{user}.key"} | \
            {k.replace("_", "."): v for k, v in more.items()}


@contextlib.contextmanager
def tls_endpoint(certificate, key):
    """HOST:PORT of something that ends its side of TLS with that certificate and then says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as tls:
                    tls.settimeout(30)
                    tls.recv(1)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield "127.0.0.1:%d" % server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(30)
