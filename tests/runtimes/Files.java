// NIO on files: channels, mappings, walks, attributes, locks, and a watch that sees nothing.
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

public class Files {
    public static void main(String[] args) throws Exception {
        Path folder = java.nio.file.Files.createTempDirectory("nio");
        Path file = folder.resolve("data");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            for (int value = 0; value < buffer.capacity() / 4; value++) buffer.putInt(value);
            buffer.flip();
            System.out.println("written " + channel.write(buffer, 4096) + " size " + channel.size());
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            mapped.putInt(0, 42);
            mapped.force();
            ByteBuffer back = ByteBuffer.allocate(8);
            channel.read(back, 0);
            System.out.println("mapped " + back.getInt(0) + " " + mapped.getInt(4096 + 400));
            try (FileLock lock = channel.lock(0, 100, false)) {
                System.out.println("locked " + lock.isValid());
            }
            Path copy = folder.resolve("copy");
            try (FileChannel target = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                System.out.println("transferred " + channel.transferTo(0, channel.size(), target));
            }
        }
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(100);
            System.out.println("asynchronous " + channel.read(buffer, 4096).get());
        }
        Path below = java.nio.file.Files.createDirectories(folder.resolve("a/b/c"));
        java.nio.file.Files.writeString(below.resolve("text"), "one\ntwo\nthree\n");
        java.nio.file.Files.createSymbolicLink(folder.resolve("link"), Path.of("a/b/c/text"));
        java.nio.file.Files.createLink(folder.resolve("hard"), below.resolve("text"));
        java.nio.file.Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        java.nio.file.Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
        System.out.println(java.nio.file.Files.readAllLines(folder.resolve("link")) + " "
            + java.nio.file.Files.getAttribute(folder.resolve("hard"), "unix:nlink") + " "
            + PosixFilePermissions.toString(java.nio.file.Files.getPosixFilePermissions(file)) + " "
            + java.nio.file.Files.getLastModifiedTime(file));
        java.nio.file.Files.move(folder.resolve("copy"), below.resolve("moved"), StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> walk = java.nio.file.Files.walk(folder)) {
            List<String> names = walk.map(path -> folder.relativize(path).toString()).sorted().collect(Collectors.toList());
            System.out.println(names);
        }
        try {
            java.nio.file.Files.readString(folder.resolve("absent"));
        } catch (NoSuchFileException expected) {
            System.out.println("no such file");
        }
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(1 << 20);
            random.seek((1 << 20) - 1);
            System.out.println("sparse " + random.read() + " " + random.length());
        }
        java.nio.file.Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                java.nio.file.Files.delete(path);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, IOException error) throws IOException {
                java.nio.file.Files.delete(path);
                return FileVisitResult.CONTINUE;
            }
        });
        System.out.println("gone " + !java.nio.file.Files.exists(folder));
    }
}
