"""What belongs to a stock position changes the position: whoever follows changes learns of a new lot or reservation too."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE FUNCTION refresh_stock_position() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE stock_positions SET updated_at = clock_timestamp()
            WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.position_id ELSE NEW.position_id END;
            RETURN NULL;
        END $$;
        CREATE TRIGGER refresh_stock_position AFTER INSERT OR UPDATE OR DELETE ON lots
            FOR EACH ROW EXECUTE FUNCTION refresh_stock_position();
        CREATE TRIGGER refresh_stock_position AFTER INSERT OR UPDATE OR DELETE ON stock_reservations
            FOR EACH ROW EXECUTE FUNCTION refresh_stock_position();

        -- what a position shows of its item, warehouse, owner and donor
        CREATE FUNCTION refresh_stock_positions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            CASE TG_TABLE_NAME
                WHEN 'items' THEN UPDATE stock_positions SET updated_at = clock_timestamp() WHERE item_code = NEW.code;
                WHEN 'warehouses' THEN UPDATE stock_positions SET updated_at = clock_timestamp() WHERE warehouse_code = NEW.code;
                WHEN 'organisations' THEN
                    UPDATE stock_positions SET updated_at = clock_timestamp() WHERE NEW.id IN (owner_id, donor_id);
            END CASE;
            RETURN NULL;
        END $$;
        CREATE TRIGGER refresh_stock_positions AFTER UPDATE ON items FOR EACH ROW
            WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refresh_stock_positions();
        CREATE TRIGGER refresh_stock_positions AFTER UPDATE ON warehouses FOR EACH ROW
            WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refresh_stock_positions();
        CREATE TRIGGER refresh_stock_positions AFTER UPDATE ON organisations FOR EACH ROW
            WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION refresh_stock_positions();
    """)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER refresh_stock_position ON lots;
        DROP TRIGGER refresh_stock_position ON stock_reservations;
        DROP TRIGGER refresh_stock_positions ON items;
        DROP TRIGGER refresh_stock_positions ON warehouses;
        DROP TRIGGER refresh_stock_positions ON organisations;
        DROP FUNCTION refresh_stock_position(), refresh_stock_positions();
    """)
