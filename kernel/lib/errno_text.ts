// The name and the sentence of each error number, for traces and messages; as strerror(3) of the GNU C library says them.

import { Errno } from "./errno.ts";

/** The name with its E, as `ENOENT`; `E?` for a number that Linux does not have. Pure. */
export function errnoName(error: Errno): string {
  switch (error) {
    case Errno.PERM:
      return "EPERM";
    case Errno.NOENT:
      return "ENOENT";
    case Errno.SRCH:
      return "ESRCH";
    case Errno.INTR:
      return "EINTR";
    case Errno.IO:
      return "EIO";
    case Errno.NXIO:
      return "ENXIO";
    case Errno.TOOBIG:
      return "E2BIG";
    case Errno.NOEXEC:
      return "ENOEXEC";
    case Errno.BADF:
      return "EBADF";
    case Errno.CHILD:
      return "ECHILD";
    case Errno.AGAIN:
      return "EAGAIN";
    case Errno.NOMEM:
      return "ENOMEM";
    case Errno.ACCES:
      return "EACCES";
    case Errno.FAULT:
      return "EFAULT";
    case Errno.NOTBLK:
      return "ENOTBLK";
    case Errno.BUSY:
      return "EBUSY";
    case Errno.EXIST:
      return "EEXIST";
    case Errno.XDEV:
      return "EXDEV";
    case Errno.NODEV:
      return "ENODEV";
    case Errno.NOTDIR:
      return "ENOTDIR";
    case Errno.ISDIR:
      return "EISDIR";
    case Errno.INVAL:
      return "EINVAL";
    case Errno.NFILE:
      return "ENFILE";
    case Errno.MFILE:
      return "EMFILE";
    case Errno.NOTTY:
      return "ENOTTY";
    case Errno.TXTBSY:
      return "ETXTBSY";
    case Errno.FBIG:
      return "EFBIG";
    case Errno.NOSPC:
      return "ENOSPC";
    case Errno.SPIPE:
      return "ESPIPE";
    case Errno.ROFS:
      return "EROFS";
    case Errno.MLINK:
      return "EMLINK";
    case Errno.PIPE:
      return "EPIPE";
    case Errno.DOM:
      return "EDOM";
    case Errno.RANGE:
      return "ERANGE";
    case Errno.DEADLK:
      return "EDEADLK";
    case Errno.NAMETOOLONG:
      return "ENAMETOOLONG";
    case Errno.NOLCK:
      return "ENOLCK";
    case Errno.NOSYS:
      return "ENOSYS";
    case Errno.NOTEMPTY:
      return "ENOTEMPTY";
    case Errno.LOOP:
      return "ELOOP";
    case Errno.NOMSG:
      return "ENOMSG";
    case Errno.IDRM:
      return "EIDRM";
    case Errno.CHRNG:
      return "ECHRNG";
    case Errno.L2NSYNC:
      return "EL2NSYNC";
    case Errno.L3HLT:
      return "EL3HLT";
    case Errno.L3RST:
      return "EL3RST";
    case Errno.LNRNG:
      return "ELNRNG";
    case Errno.UNATCH:
      return "EUNATCH";
    case Errno.NOCSI:
      return "ENOCSI";
    case Errno.L2HLT:
      return "EL2HLT";
    case Errno.BADE:
      return "EBADE";
    case Errno.BADR:
      return "EBADR";
    case Errno.XFULL:
      return "EXFULL";
    case Errno.NOANO:
      return "ENOANO";
    case Errno.BADRQC:
      return "EBADRQC";
    case Errno.BADSLT:
      return "EBADSLT";
    case Errno.BFONT:
      return "EBFONT";
    case Errno.NOSTR:
      return "ENOSTR";
    case Errno.NODATA:
      return "ENODATA";
    case Errno.TIME:
      return "ETIME";
    case Errno.NOSR:
      return "ENOSR";
    case Errno.NONET:
      return "ENONET";
    case Errno.NOPKG:
      return "ENOPKG";
    case Errno.REMOTE:
      return "EREMOTE";
    case Errno.NOLINK:
      return "ENOLINK";
    case Errno.ADV:
      return "EADV";
    case Errno.SRMNT:
      return "ESRMNT";
    case Errno.COMM:
      return "ECOMM";
    case Errno.PROTO:
      return "EPROTO";
    case Errno.MULTIHOP:
      return "EMULTIHOP";
    case Errno.DOTDOT:
      return "EDOTDOT";
    case Errno.BADMSG:
      return "EBADMSG";
    case Errno.OVERFLOW:
      return "EOVERFLOW";
    case Errno.NOTUNIQ:
      return "ENOTUNIQ";
    case Errno.BADFD:
      return "EBADFD";
    case Errno.REMCHG:
      return "EREMCHG";
    case Errno.LIBACC:
      return "ELIBACC";
    case Errno.LIBBAD:
      return "ELIBBAD";
    case Errno.LIBSCN:
      return "ELIBSCN";
    case Errno.LIBMAX:
      return "ELIBMAX";
    case Errno.LIBEXEC:
      return "ELIBEXEC";
    case Errno.ILSEQ:
      return "EILSEQ";
    case Errno.RESTART:
      return "ERESTART";
    case Errno.STRPIPE:
      return "ESTRPIPE";
    case Errno.USERS:
      return "EUSERS";
    case Errno.NOTSOCK:
      return "ENOTSOCK";
    case Errno.DESTADDRREQ:
      return "EDESTADDRREQ";
    case Errno.MSGSIZE:
      return "EMSGSIZE";
    case Errno.PROTOTYPE:
      return "EPROTOTYPE";
    case Errno.NOPROTOOPT:
      return "ENOPROTOOPT";
    case Errno.PROTONOSUPPORT:
      return "EPROTONOSUPPORT";
    case Errno.SOCKTNOSUPPORT:
      return "ESOCKTNOSUPPORT";
    case Errno.OPNOTSUPP:
      return "EOPNOTSUPP";
    case Errno.PFNOSUPPORT:
      return "EPFNOSUPPORT";
    case Errno.AFNOSUPPORT:
      return "EAFNOSUPPORT";
    case Errno.ADDRINUSE:
      return "EADDRINUSE";
    case Errno.ADDRNOTAVAIL:
      return "EADDRNOTAVAIL";
    case Errno.NETDOWN:
      return "ENETDOWN";
    case Errno.NETUNREACH:
      return "ENETUNREACH";
    case Errno.NETRESET:
      return "ENETRESET";
    case Errno.CONNABORTED:
      return "ECONNABORTED";
    case Errno.CONNRESET:
      return "ECONNRESET";
    case Errno.NOBUFS:
      return "ENOBUFS";
    case Errno.ISCONN:
      return "EISCONN";
    case Errno.NOTCONN:
      return "ENOTCONN";
    case Errno.SHUTDOWN:
      return "ESHUTDOWN";
    case Errno.TOOMANYREFS:
      return "ETOOMANYREFS";
    case Errno.TIMEDOUT:
      return "ETIMEDOUT";
    case Errno.CONNREFUSED:
      return "ECONNREFUSED";
    case Errno.HOSTDOWN:
      return "EHOSTDOWN";
    case Errno.HOSTUNREACH:
      return "EHOSTUNREACH";
    case Errno.ALREADY:
      return "EALREADY";
    case Errno.INPROGRESS:
      return "EINPROGRESS";
    case Errno.STALE:
      return "ESTALE";
    case Errno.UCLEAN:
      return "EUCLEAN";
    case Errno.NOTNAM:
      return "ENOTNAM";
    case Errno.NAVAIL:
      return "ENAVAIL";
    case Errno.ISNAM:
      return "EISNAM";
    case Errno.REMOTEIO:
      return "EREMOTEIO";
    case Errno.DQUOT:
      return "EDQUOT";
    case Errno.NOMEDIUM:
      return "ENOMEDIUM";
    case Errno.MEDIUMTYPE:
      return "EMEDIUMTYPE";
    case Errno.CANCELED:
      return "ECANCELED";
    case Errno.NOKEY:
      return "ENOKEY";
    case Errno.KEYEXPIRED:
      return "EKEYEXPIRED";
    case Errno.KEYREVOKED:
      return "EKEYREVOKED";
    case Errno.KEYREJECTED:
      return "EKEYREJECTED";
    case Errno.OWNERDEAD:
      return "EOWNERDEAD";
    case Errno.NOTRECOVERABLE:
      return "ENOTRECOVERABLE";
    case Errno.RFKILL:
      return "ERFKILL";
    case Errno.HWPOISON:
      return "EHWPOISON";
    default:
      return "E?";
  }
}

/** What the error means, as `No such file or directory`. Pure. */
export function errnoText(error: Errno): string {
  switch (error) {
    case Errno.PERM:
      return "Operation not permitted";
    case Errno.NOENT:
      return "No such file or directory";
    case Errno.SRCH:
      return "No such process";
    case Errno.INTR:
      return "Interrupted system call";
    case Errno.IO:
      return "Input/output error";
    case Errno.NXIO:
      return "No such device or address";
    case Errno.TOOBIG:
      return "Argument list too long";
    case Errno.NOEXEC:
      return "Exec format error";
    case Errno.BADF:
      return "Bad file descriptor";
    case Errno.CHILD:
      return "No child processes";
    case Errno.AGAIN:
      return "Resource temporarily unavailable";
    case Errno.NOMEM:
      return "Cannot allocate memory";
    case Errno.ACCES:
      return "Permission denied";
    case Errno.FAULT:
      return "Bad address";
    case Errno.NOTBLK:
      return "Block device required";
    case Errno.BUSY:
      return "Device or resource busy";
    case Errno.EXIST:
      return "File exists";
    case Errno.XDEV:
      return "Invalid cross-device link";
    case Errno.NODEV:
      return "No such device";
    case Errno.NOTDIR:
      return "Not a directory";
    case Errno.ISDIR:
      return "Is a directory";
    case Errno.INVAL:
      return "Invalid argument";
    case Errno.NFILE:
      return "Too many open files in system";
    case Errno.MFILE:
      return "Too many open files";
    case Errno.NOTTY:
      return "Inappropriate ioctl for device";
    case Errno.TXTBSY:
      return "Text file busy";
    case Errno.FBIG:
      return "File too large";
    case Errno.NOSPC:
      return "No space left on device";
    case Errno.SPIPE:
      return "Illegal seek";
    case Errno.ROFS:
      return "Read-only file system";
    case Errno.MLINK:
      return "Too many links";
    case Errno.PIPE:
      return "Broken pipe";
    case Errno.DOM:
      return "Numerical argument out of domain";
    case Errno.RANGE:
      return "Numerical result out of range";
    case Errno.DEADLK:
      return "Resource deadlock avoided";
    case Errno.NAMETOOLONG:
      return "File name too long";
    case Errno.NOLCK:
      return "No locks available";
    case Errno.NOSYS:
      return "Function not implemented";
    case Errno.NOTEMPTY:
      return "Directory not empty";
    case Errno.LOOP:
      return "Too many levels of symbolic links";
    case Errno.NOMSG:
      return "No message of desired type";
    case Errno.IDRM:
      return "Identifier removed";
    case Errno.CHRNG:
      return "Channel number out of range";
    case Errno.L2NSYNC:
      return "Level 2 not synchronized";
    case Errno.L3HLT:
      return "Level 3 halted";
    case Errno.L3RST:
      return "Level 3 reset";
    case Errno.LNRNG:
      return "Link number out of range";
    case Errno.UNATCH:
      return "Protocol driver not attached";
    case Errno.NOCSI:
      return "No CSI structure available";
    case Errno.L2HLT:
      return "Level 2 halted";
    case Errno.BADE:
      return "Invalid exchange";
    case Errno.BADR:
      return "Invalid request descriptor";
    case Errno.XFULL:
      return "Exchange full";
    case Errno.NOANO:
      return "No anode";
    case Errno.BADRQC:
      return "Invalid request code";
    case Errno.BADSLT:
      return "Invalid slot";
    case Errno.BFONT:
      return "Bad font file format";
    case Errno.NOSTR:
      return "Device not a stream";
    case Errno.NODATA:
      return "No data available";
    case Errno.TIME:
      return "Timer expired";
    case Errno.NOSR:
      return "Out of streams resources";
    case Errno.NONET:
      return "Machine is not on the network";
    case Errno.NOPKG:
      return "Package not installed";
    case Errno.REMOTE:
      return "Object is remote";
    case Errno.NOLINK:
      return "Link has been severed";
    case Errno.ADV:
      return "Advertise error";
    case Errno.SRMNT:
      return "Srmount error";
    case Errno.COMM:
      return "Communication error on send";
    case Errno.PROTO:
      return "Protocol error";
    case Errno.MULTIHOP:
      return "Multihop attempted";
    case Errno.DOTDOT:
      return "RFS specific error";
    case Errno.BADMSG:
      return "Bad message";
    case Errno.OVERFLOW:
      return "Value too large for defined data type";
    case Errno.NOTUNIQ:
      return "Name not unique on network";
    case Errno.BADFD:
      return "File descriptor in bad state";
    case Errno.REMCHG:
      return "Remote address changed";
    case Errno.LIBACC:
      return "Can not access a needed shared library";
    case Errno.LIBBAD:
      return "Accessing a corrupted shared library";
    case Errno.LIBSCN:
      return ".lib section in a.out corrupted";
    case Errno.LIBMAX:
      return "Attempting to link in too many shared libraries";
    case Errno.LIBEXEC:
      return "Cannot exec a shared library directly";
    case Errno.ILSEQ:
      return "Invalid or incomplete multibyte or wide character";
    case Errno.RESTART:
      return "Interrupted system call should be restarted";
    case Errno.STRPIPE:
      return "Streams pipe error";
    case Errno.USERS:
      return "Too many users";
    case Errno.NOTSOCK:
      return "Socket operation on non-socket";
    case Errno.DESTADDRREQ:
      return "Destination address required";
    case Errno.MSGSIZE:
      return "Message too long";
    case Errno.PROTOTYPE:
      return "Protocol wrong type for socket";
    case Errno.NOPROTOOPT:
      return "Protocol not available";
    case Errno.PROTONOSUPPORT:
      return "Protocol not supported";
    case Errno.SOCKTNOSUPPORT:
      return "Socket type not supported";
    case Errno.OPNOTSUPP:
      return "Operation not supported";
    case Errno.PFNOSUPPORT:
      return "Protocol family not supported";
    case Errno.AFNOSUPPORT:
      return "Address family not supported by protocol";
    case Errno.ADDRINUSE:
      return "Address already in use";
    case Errno.ADDRNOTAVAIL:
      return "Cannot assign requested address";
    case Errno.NETDOWN:
      return "Network is down";
    case Errno.NETUNREACH:
      return "Network is unreachable";
    case Errno.NETRESET:
      return "Network dropped connection on reset";
    case Errno.CONNABORTED:
      return "Software caused connection abort";
    case Errno.CONNRESET:
      return "Connection reset by peer";
    case Errno.NOBUFS:
      return "No buffer space available";
    case Errno.ISCONN:
      return "Transport endpoint is already connected";
    case Errno.NOTCONN:
      return "Transport endpoint is not connected";
    case Errno.SHUTDOWN:
      return "Cannot send after transport endpoint shutdown";
    case Errno.TOOMANYREFS:
      return "Too many references: cannot splice";
    case Errno.TIMEDOUT:
      return "Connection timed out";
    case Errno.CONNREFUSED:
      return "Connection refused";
    case Errno.HOSTDOWN:
      return "Host is down";
    case Errno.HOSTUNREACH:
      return "No route to host";
    case Errno.ALREADY:
      return "Operation already in progress";
    case Errno.INPROGRESS:
      return "Operation now in progress";
    case Errno.STALE:
      return "Stale file handle";
    case Errno.UCLEAN:
      return "Structure needs cleaning";
    case Errno.NOTNAM:
      return "Not a XENIX named type file";
    case Errno.NAVAIL:
      return "No XENIX semaphores available";
    case Errno.ISNAM:
      return "Is a named type file";
    case Errno.REMOTEIO:
      return "Remote I/O error";
    case Errno.DQUOT:
      return "Disk quota exceeded";
    case Errno.NOMEDIUM:
      return "No medium found";
    case Errno.MEDIUMTYPE:
      return "Wrong medium type";
    case Errno.CANCELED:
      return "Operation canceled";
    case Errno.NOKEY:
      return "Required key not available";
    case Errno.KEYEXPIRED:
      return "Key has expired";
    case Errno.KEYREVOKED:
      return "Key has been revoked";
    case Errno.KEYREJECTED:
      return "Key was rejected by service";
    case Errno.OWNERDEAD:
      return "Owner died";
    case Errno.NOTRECOVERABLE:
      return "State not recoverable";
    case Errno.RFKILL:
      return "Operation not possible due to RF-kill";
    case Errno.HWPOISON:
      return "Memory page has hardware error";
    default:
      return "Unknown error";
  }
}
